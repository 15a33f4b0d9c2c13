"""Figures as they are printed: `name value unit goal verdict`, one a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MET = {"<": float.__lt__, "<=": float.__le__, ">=": float.__ge__, "=": float.__eq__}


@dataclass(frozen=True)
class Figure:
    """One figure. `goal` is a comparison and a number (`<250`), or empty: then it is only told."""

    name: str
    value: float
    unit: str
    goal: str = ""

    @property
    def verdict(self) -> str:
        """`ok`, `missed`, or `-` without a goal."""
        if not self.goal:
            return "-"
        sign = self.goal.rstrip("0123456789.")
        is_met: Callable[[float, float], bool] = MET[sign]
        return "ok" if is_met(float(self.value), float(self.goal.removeprefix(sign))) else "missed"

    def __str__(self) -> str:
        digits = 1 if self.unit == "%" else 2 if self.value < 10 else 0
        number = f"{self.value:.{digits}f}"
        return f"{self.name:<38} {number:>8} {self.unit:<6} {self.goal or '-':<8} {self.verdict}"


def share(values: list[float], part: float) -> float:
    """The value that this part of all stays at or under: `share(times, 0.99)` is the p99."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
