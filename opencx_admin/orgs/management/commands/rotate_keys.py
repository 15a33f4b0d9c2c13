"""`manage.py rotate_keys`: re-encrypt stored secrets under the newest key."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from opencx_admin.crypto import SecretField, Undecryptable


class Command(BaseCommand):
    """Re-encrypts every stored secret under the first of CREDENTIALS_KEYS; all of them, or none.

    Afterwards the older keys can be taken out of the setting. Prints one JSON object of counts.
    """

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        counts: dict[str, int] = {}
        try:
            with transaction.atomic():
                for model in apps.get_models():
                    fields = [f.attname for f in model._meta.concrete_fields if isinstance(f, SecretField)]
                    if fields:
                        counts[model._meta.label] = _rotate(model, fields)
        except Undecryptable as error:
            raise CommandError(
                f"{error} Nothing was changed: add the key that opens it to CREDENTIALS_KEYS."
            ) from error
        self.stdout.write(json.dumps({"secrets": sum(counts.values()), **counts}))


def _rotate(model: type[models.Model], fields: list[str]) -> int:
    rotated = 0
    rows = model._default_manager.select_for_update().order_by("pk")
    for row in rows:
        kept = {name: getattr(row, name) for name in fields if getattr(row, name)}
        if kept:
            model._default_manager.filter(pk=row.pk).update(**{name: old.rotate() for name, old in kept.items()})
            rotated += len(kept)
    return rotated
