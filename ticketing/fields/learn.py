"""Learning the fields in which agents choose: retrained when enough is new, kept in the process by version."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from opencx_admin.orgs.models import Organization
from ticketing.ai.learned import Learned
from ticketing.ai.learning import MIN_EXAMPLES, Example, train
from ticketing.models import AIFieldMapping, LearnedField, PastTicket, TicketField

log = logging.getLogger("opencx.fields")
# Learned anew when a fifth more examples are there, or this many.
GROWTH = 1.2
MANY_NEW = 500
TRAIN_ON = 8_000
# Examples times options: training takes some 20 seconds of a core for a million. With more options, fewer examples.
MOST_WORK = 2_000_000
# So long a claim is held while one field is learned: a second worker must not begin the same.
WHILE_LEARNING = dt.timedelta(minutes=15)
MOST_CACHED = 200

_cache: dict[tuple[int, int], Learned | None] = {}
_lock = threading.Lock()
_learning = threading.Lock()


class Busy(Exception):
    """Another organization's fields are being learned in this process."""


def learn_all(organization: Organization, keep_claim: Callable[[dt.timedelta], None]) -> int:
    """Learn every mapped field for which enough is new. Returns how many were learned. `keep_claim` before each.

    One organization at a time in a process, for its other threads are for handoffs: raises `Busy` meanwhile.
    """
    if not _learning.acquire(blocking=False):
        raise Busy
    try:
        return _learn_all(organization, keep_claim)
    finally:
        _learning.release()


def _learn_all(organization: Organization, keep_claim: Callable[[dt.timedelta], None]) -> int:
    learned = 0
    rows = AIFieldMapping.objects.filter(organization=organization).select_related("field")
    for mapping in rows:
        if mapping.field.is_usable and mapping.field.is_learnable:
            keep_claim(WHILE_LEARNING)
            learned += learn_field(mapping.field, mapping.description)
    return learned


def learn_field(field: TicketField, description: str) -> bool:
    """Learn one field if enough is new. True when there is a new model."""
    row, _made = LearnedField.objects.get_or_create(field=field, defaults={"organization_id": field.organization_id})
    labelled = PastTicket.objects.filter(organization_id=field.organization_id, labels__has_key=str(field.zendesk_id))
    row.examples = labelled.count()
    key = _options_key(field)
    if not _is_due(row, key):
        row.save(update_fields=["examples"])
        return False
    newest = labelled.order_by("-changed_at", "-pk").values_list("features", "labels")[:TRAIN_ON]
    examples = [Example(bytes(features), tuple(labels[str(field.zendesk_id)])) for features, labels in newest]
    most = max(MIN_EXAMPLES, MOST_WORK // max(len({label for example in examples for label in example.labels}), 1))
    model = train(examples[:most][::-1], field.spec(description))
    row.trained_on, row.options_key, row.trained_at = row.examples, key, timezone.now()
    row.version += 1
    if model is None:
        row.model, row.coverage, row.agreement, row.threshold = b"", 0.0, 0.0, 0.0
        row.problem = _("The past tickets say too little: agents chose too few different values.")
    else:
        row.model, row.problem = model.to_bytes(), ""
        row.coverage, row.agreement = model.report.coverage, model.report.agreement
        row.threshold = model.report.threshold
    row.save()
    return model is not None


def _options_key(field: TicketField) -> str:
    return hashlib.sha256(json.dumps([field.type, field.options]).encode()).hexdigest()


def _is_due(row: LearnedField, key: str) -> bool:
    if row.examples < MIN_EXAMPLES:
        return False
    if not row.trained_on or row.options_key != key:
        return True
    return row.examples >= row.trained_on * GROWTH or row.examples - row.trained_on >= MANY_NEW


def find_learned(fields: Iterable[TicketField]) -> dict[int, Learned]:
    """What was learned of these fields, by their Zendesk ids; read once per process and version."""
    ids = {field.pk: field.zendesk_id for field in fields if field.is_learnable}
    found: dict[int, Learned] = {}
    for pk, field_pk, version in LearnedField.objects.filter(field__in=ids).values_list("pk", "field_id", "version"):
        model = _load(pk, version)
        if model is not None:
            found[ids[field_pk]] = model
    return found


def _load(pk: int, version: int) -> Learned | None:
    with _lock:
        if (pk, version) in _cache:
            return _cache[pk, version]
    stored = LearnedField.objects.filter(pk=pk).values_list("version", "model").first()
    if stored is None:
        return None
    version, content = stored
    model = None
    if content:
        try:
            model = Learned.from_bytes(bytes(content))
        except ValueError:
            log.warning("what was learned (%s) cannot be read; it is learned anew", pk)
            LearnedField.objects.filter(pk=pk, version=version).update(trained_on=0)
    with _lock:
        for old in [key for key in _cache if key[0] == pk]:
            del _cache[old]
        while len(_cache) >= MOST_CACHED:
            del _cache[next(iter(_cache))]
        _cache[pk, version] = model
    return model
