"""Learning one field from past tickets: what agents chose, as a function of what contacts wrote.

TF-IDF over stems, letter groups and concepts, and a linear support vector machine. Chosen by measuring, five-fold on
public bank questions with 77 options (some 16 examples each): logistic regression reached 76.4 % and 94.0 % on the
surest half in 3 s, the support vector machine 76.6 % and 95.8 % in 0.4 s, with concepts and the options' own names
as examples 79 % and 97 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opencx_admin.lazy import Lazy
from ticketing.ai.engine import FieldSpec, FieldType
from ticketing.ai.features import Features, read_features, unpack
from ticketing.ai.learned import Learned, Report
from ticketing.ai.weighing import build_vocabulary

if TYPE_CHECKING:
    import numpy as np
    from sklearn import linear_model, svm
else:
    np, svm, linear_model = Lazy("numpy"), Lazy("sklearn.svm"), Lazy("sklearn.linear_model")

MIN_EXAMPLES = 30
MIN_PER_LABEL = 2
MOST_EXAMPLES = 20_000
FOLDS = 3
# More exact weights change no answer and take several times as long.
TOLERANCE = 0.01
WISHED_PRECISION = 0.95
YES, NO = "true", "false"


@dataclass(frozen=True)
class Example:
    """One past ticket: the features of what the contact wrote, and what agents chose.

    `labels`: the option's tag; several for a multi-select; `("true",)` or `("false",)` for a checkbox.
    """

    features: bytes
    labels: tuple[str, ...]


def can_learn(field: FieldSpec) -> bool:
    """Whether fields of this type are learned at all."""
    return field.type in (FieldType.DROPDOWN, FieldType.MULTISELECT, FieldType.CHECKBOX)


def train(
    examples: Sequence[Example], field: FieldSpec, *, precision: float = WISHED_PRECISION, checks: bool = True
) -> Learned | None:
    """Learn a field, newest examples last. None when there are too few, or all say the same.

    Where it is sure is set by cross-validation, so that the share `precision` (0 to 1) of its answers agrees with
    the agents; without `checks` that is left out, and it is never sure. Unreadable features are skipped.
    Takes about a second for 1,500 examples of 77 options.
    """
    known = _read(examples[-MOST_EXAMPLES:])
    labels = _count_labels(known, field)
    rows = _keep(known, labels, is_multiple=field.type == FieldType.MULTISELECT)
    if len(rows) < MIN_EXAMPLES or len(labels) < (1 if field.type == FieldType.MULTISELECT else 2):
        return None
    task = _Task(rows, labels, field)
    everything = np.arange(len(rows))
    if not checks:
        return task.learn(everything)
    scores = np.zeros((len(rows), len(labels)), dtype="float32")
    folds = task.fold()
    for number in range(FOLDS):
        rest, part = everything[folds != number], everything[folds == number]
        learned = task.learn(rest)
        scores[part] = [learned.score(rows[row][0]) for row in part]
    return _set_threshold(task.learn(everything), scores, task, precision)


_Row = tuple[Features, tuple[str, ...]]


class _Task:
    """The rows, what they are to be told apart by, and how."""

    def __init__(self, rows: list[_Row], labels: list[str], field: FieldSpec) -> None:
        self.rows, self.labels, self.field = rows, labels, field
        self.is_multiple = field.type == FieldType.MULTISELECT
        at = {label: position for position, label in enumerate(labels)}
        self.truth = np.zeros((len(rows), len(labels)), dtype=bool)
        for row, (_features, chosen) in enumerate(rows):
            self.truth[row, [at[label] for label in chosen]] = True
        names = {option.value: option.name for option in field.options}
        self.names = [(read_features(names[label]), at[label]) for label in labels if label in names]

    def fold(self) -> Any:
        """The part of each row, with every label in as many parts as can be. The same each time."""
        parts = np.zeros(len(self.rows), dtype=int)
        by_label = np.lexsort((np.random.default_rng(0).permutation(len(self.rows)), self.truth.argmax(1)))
        parts[by_label] = np.arange(len(self.rows)) % FOLDS
        return parts

    def learn(self, chosen: Any) -> Learned:
        """Learn from these rows."""
        documents = [self.rows[row][0] for row in chosen] + [features for features, _label in self.names]
        truth = np.vstack([self.truth[chosen], np.eye(len(self.labels), dtype=bool)[[at for _f, at in self.names]]])
        vocabulary = build_vocabulary(documents, len(self.labels))
        matrix = vocabulary.weigh_all(documents)
        weights, bias = _fit_several(matrix, truth) if self.is_multiple else _fit_one(matrix, truth)
        return Learned(tuple(self.labels), vocabulary, weights, bias, is_multiple=self.is_multiple)


def _fit_one(matrix: Any, truth: Any) -> tuple[Any, Any]:
    """Weights (features x labels) and biases for one label out of several."""
    chosen = truth.argmax(1)
    weights = np.zeros((matrix.shape[1], truth.shape[1]), dtype="float32")
    bias = np.full(truth.shape[1], -2.0, dtype="float32")
    there = np.unique(chosen)
    if len(there) < 2:
        bias[there] = 0.0
        return weights, bias
    machine = svm.LinearSVC(random_state=0, tol=TOLERANCE).fit(matrix, chosen)
    if len(there) == 2:
        weights[:, there] = np.stack([-machine.coef_[0], machine.coef_[0]], axis=1)
        bias[there] = [-machine.intercept_[0], machine.intercept_[0]]
    else:
        weights[:, there], bias[there] = machine.coef_.T, machine.intercept_
    return weights, bias


def _fit_several(matrix: Any, truth: Any) -> tuple[Any, Any]:
    """The same for any number of labels at once: each is told from its absence."""
    weights = np.zeros((matrix.shape[1], truth.shape[1]), dtype="float32")
    bias = np.full(truth.shape[1], -1.0, dtype="float32")
    for column in range(truth.shape[1]):
        if 0 < truth[:, column].sum() < len(truth):
            machine = svm.LinearSVC(random_state=0, tol=TOLERANCE).fit(matrix, truth[:, column])
            weights[:, column], bias[column] = machine.coef_[0], machine.intercept_[0]
    return weights, bias


def _set_threshold(learned: Learned, scores: Any, task: _Task, precision: float) -> Learned:
    """Turn margins into the share that was right, and find from where on enough of the answers are."""
    margins, picked = learned.decide(scores)
    right = (picked == task.truth).all(1)
    slope, offset = _fit_curve(margins, right, learned)
    calibrated = learned.calibrate(slope, offset)
    sure = calibrated.trust(margins)
    order = np.argsort(-sure, kind="stable")
    counted = np.arange(1, len(order) + 1)
    # One more right and one more wrong than seen: ten answers that all agree do not make a rule.
    enough = np.flatnonzero((np.cumsum(right[order]) + 1) / (counted + 2) >= precision)
    answered = int(enough[-1]) + 1 if len(enough) else 0
    threshold = float(sure[order[answered - 1]]) if answered else 2.0
    if answered == len(order):  # no text was too unsure: below what was seen only the curve tells
        threshold = min(threshold, precision)
    report = Report(
        examples=len(right),
        labels=len(task.labels),
        accuracy=float(right.mean()),
        coverage=answered / len(right),
        agreement=float(right[order[:answered]].mean()) if answered else 0.0,
        threshold=threshold,
    )
    return calibrated.report_on(report)


def _fit_curve(margins: Any, right: Any, learned: Learned) -> tuple[Any, float]:
    """How the share of right answers grows with the margin, by logistic regression.

    Answers to a text of which nothing is known count as wrong ones: so a field where all were right still has
    a margin from which on it is sure.
    """
    if not right.any():
        return np.zeros(margins.shape[1]), -5.0
    nothing, _picked = learned.decide(learned.bias[None, :])
    unknown = np.repeat(nothing, max(3, len(right) // 20), axis=0)
    seen = np.concatenate([margins, unknown])
    curve = linear_model.LogisticRegression(C=100.0, max_iter=500).fit(
        seen, np.concatenate([right, np.zeros(len(unknown), dtype=bool)])
    )
    return curve.coef_[0], float(curve.intercept_[0])


def _read(examples: Sequence[Example]) -> list[_Row]:
    rows: list[_Row] = []
    for example in examples:
        try:
            rows.append((unpack(example.features), example.labels))
        except ValueError:
            continue
    return rows


def _count_labels(rows: list[_Row], field: FieldSpec) -> list[str]:
    """The labels that occur often enough and still are options, most frequent first."""
    counted = Counter(label for _features, labels in rows for label in set(labels))
    allowed = {YES, NO} if field.type == FieldType.CHECKBOX else {option.value for option in field.options}
    return [label for label, count in counted.most_common() if count >= MIN_PER_LABEL and label in allowed]


def _keep(rows: list[_Row], labels: list[str], *, is_multiple: bool) -> list[_Row]:
    """The rows that say something about these labels; of a multi-select also those where nothing was chosen."""
    known = set(labels)
    if is_multiple:
        return [(features, tuple(sorted(known & set(chosen)))) for features, chosen in rows]
    return [(features, chosen[:1]) for features, chosen in rows if chosen[:1] and chosen[0] in known]
