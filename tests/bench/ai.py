"""`python -m tests.bench.ai`, or `make bench-ai`: how often the built-in engine is right, and how fast.

With it, how fast the Help Center is copied and searched. Prints one figure a line under a heading: `name value unit
goal verdict`. Exit code 1 when a goal is missed or something could not be measured. The questions are read from
`AI_EVAL` (a folder, `../shared/ai-eval` by default); they are not part of this repository.

What was chosen by measuring on them: for matching without examples the weight of the thesaurus against letter
groups and the margin from which an answer is given; for learning the kind of model and of features. The thesaurus
was written knowing the options' names, without an entry for any single question, and nothing learned is kept.
"""

from __future__ import annotations

import tests.environment  # isort: skip  # noqa: F401 - first: nothing of the caller's own configuration is left

import sys
from collections.abc import Callable, Iterator, Sequence

import django

from tests.bench.figures import Figure

django.setup()

from tests.bench.ai_fields import Missing, measure_learned, measure_long_list, measure_matched  # noqa: E402
from tests.bench.ai_knowledge import measure_knowledge  # noqa: E402

# What is measured, in its order: a heading and what yields the figures.
MEASURES: Sequence[tuple[str, Callable[[], Iterator[Figure]]]] = (
    ("Without examples: 77 options by their names", measure_matched),
    ("Learned: the same field, five-fold", measure_learned),
    ("A field of 2,000 options", measure_long_list),
    ("Knowledge: 10,000 articles from the stand-in", measure_knowledge),
)


def main() -> int:
    """Measure and print."""
    missed = 0
    for heading, measure in MEASURES:
        print(f"== {heading}", flush=True)
        try:
            for figure in measure():
                print(figure, flush=True)
                missed += figure.verdict == "missed"
        except Missing as missing:
            print(missing, file=sys.stderr, flush=True)
            missed += 1
    print(f"{missed} missed" if missed else "all goals are met", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
