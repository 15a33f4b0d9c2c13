"""What was learned of one field: it guesses, says how sure it is, and travels as bytes."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from opencx_admin.lazy import Lazy
from ticketing.ai.engine import BlankReason, FieldSpec, FieldType, Guess, Source
from ticketing.ai.features import Features, read_features
from ticketing.ai.weighing import Vocabulary
from ticketing.ai.words import quote, split_sentences

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazy("numpy")

FORMAT = 1


@dataclass(frozen=True)
class Report:
    """What cross-validation says: shares of 0 to 1.

    `accuracy` if it answered every text; `coverage` = the share it is sure of, `agreement` with the agents there.
    """

    examples: int = 0
    labels: int = 0
    accuracy: float = 0.0
    coverage: float = 0.0
    agreement: float = 0.0
    threshold: float = 2.0


@dataclass(frozen=True)
class Learned:
    """One field's weights, features x labels. `threshold` of the report: from which confidence on it is sure."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Any
    bias: Any
    is_multiple: bool
    slope: tuple[float, ...] = (0.0, 0.0)
    offset: float = 0.0
    report: Report = field(default_factory=Report)

    def score(self, features: Features) -> Any:
        """A score for each label; above 0 speaks for it."""
        at, values = self.vocabulary.weigh(features)
        return values @ self.weights[at] + self.bias

    def decide(self, scores: Any) -> tuple[Any, Any]:
        """For rows of scores: what the confidence is computed from, and which labels are picked."""
        if self.is_multiple:
            nearest = np.abs(scores).min(1)
            return np.stack([nearest, nearest], axis=1), scores > 0
        ordered = np.sort(scores, 1)
        picked = np.zeros(scores.shape, dtype=bool)
        picked[np.arange(len(scores)), scores.argmax(1)] = True
        return np.stack([ordered[:, -1], ordered[:, -1] - ordered[:, -2]], axis=1), picked

    def trust(self, margins: Any) -> Any:
        """The confidence for rows of margins: the share of such answers that agreed."""
        return 1.0 / (1.0 + np.exp(-np.clip(margins @ np.array(self.slope) + self.offset, -30, 30)))

    def calibrate(self, slope: Any, offset: float) -> Learned:
        """The same with this curve from margin to confidence."""
        return replace(self, slope=tuple(float(number) for number in slope), offset=offset)

    def report_on(self, report: Report) -> Learned:
        """The same with what cross-validation said."""
        return replace(self, report=report)

    def find_favourite(self, text: str) -> tuple[tuple[str, ...], float]:
        """The labels it would pick, sure or not, and its confidence."""
        margins, picked = self.decide(self.score(read_features(text))[None, :])
        return tuple(self.labels[at] for at in np.flatnonzero(picked[0])), float(self.trust(margins)[0])

    def guess(self, text: str, spec: FieldSpec) -> Guess:
        """The field's value where it is sure, else a blank that names its favourite."""
        labels, trust = self.find_favourite(text)
        confidence = round(trust, 3)
        names = {option.value: option.name for option in spec.options}
        if spec.type != FieldType.CHECKBOX and any(label not in names for label in labels):
            detail = _("What agents used to choose is no option any more.")
            return Guess(None, confidence, reason=BlankReason.NOT_IN_LIST, source=Source.LEARNED, detail=detail)
        if not labels or trust < self.report.threshold:
            said = ", ".join(names.get(label, label) for label in labels)
            detail = _("Nearest: %(option)s.") % {"option": said} if said else ""
            return Guess(None, confidence, reason=BlankReason.NOT_SURE, source=Source.LEARNED, detail=detail)
        detail = _("From %(count)s past tickets.") % {"count": self.report.examples}
        evidence = self._find_evidence(text, labels[0])
        return Guess(_as_value(labels, spec), confidence, evidence, source=Source.LEARNED, detail=detail)

    def _find_evidence(self, text: str, label: str) -> str:
        """The sentence that speaks most for the label, word for word."""
        at = self.labels.index(label)
        scored = [(float(self.score(read_features(part))[at]), part) for part in split_sentences(text)]
        return quote(max(scored, default=(0.0, ""), key=lambda pair: pair[0])[1])

    def to_bytes(self) -> bytes:
        """Everything, to be stored; weights with half precision. `from_bytes` reads it."""
        told = {
            "format": FORMAT,
            "labels": self.labels,
            "is_multiple": self.is_multiple,
            "slope": self.slope,
            "offset": self.offset,
            "report": asdict(self.report),
        }
        file = io.BytesIO()
        np.savez_compressed(
            file,
            told=np.frombuffer(json.dumps(told).encode(), dtype="u1"),
            ids=self.vocabulary.ids,
            idf=self.vocabulary.idf,
            weights=self.weights.astype("float16"),
            bias=self.bias,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Learned:
        """What `to_bytes` made. Raises `ValueError` for anything else: then it is to be learned again."""
        try:
            with np.load(io.BytesIO(stored), allow_pickle=False) as file:
                told = json.loads(file["told"].tobytes())
                vocabulary = Vocabulary(file["ids"], file["idf"])
                weights, bias = file["weights"].astype("float32"), file["bias"]
        except (KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError("nothing that was learned") from error
        if told["format"] != FORMAT:
            raise ValueError("learned by another version")
        return cls(
            tuple(told["labels"]),
            vocabulary,
            weights,
            bias,
            is_multiple=told["is_multiple"],
            slope=tuple(told["slope"]),
            offset=told["offset"],
            report=Report(**told["report"]),
        )


def _as_value(labels: tuple[str, ...], spec: FieldSpec) -> Any:
    if spec.type == FieldType.CHECKBOX:
        return labels[0] == "true"
    return list(labels) if spec.type == FieldType.MULTISELECT else labels[0]
