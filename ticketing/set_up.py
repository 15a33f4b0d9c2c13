"""The first run: which steps there are, and leaving one out or taking it up again."""

from __future__ import annotations

from django.db import models, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization
from ticketing.models import SetUp


class StepName(models.TextChoices):
    """The steps in their order; `done` is the last page, which is no work."""

    CONNECT = "connect", _("Connect")
    VERIFY = "verify", _("Verify")
    OPENCX = "opencx", _("OpenCX")
    OBJECTS = "objects", _("Zendesk objects")
    CANARY = "canary", _("Round trip")
    DONE = "done", _("Done")


def read_skipped(organization: Organization) -> frozenset[str]:
    """The steps that somebody left out."""
    found = SetUp.objects.filter(organization=organization).first()
    return frozenset(found.skipped if found else ())


def skip_step(organization: Organization, step: StepName, *, request: HttpRequest) -> None:
    """Leave a step out for now."""
    _change(organization, step, request, is_skipped=True)


def take_up_step(organization: Organization, step: StepName, *, request: HttpRequest) -> None:
    """Do a step after all."""
    _change(organization, step, request, is_skipped=False)


def _change(organization: Organization, step: StepName, request: HttpRequest, *, is_skipped: bool) -> None:
    with transaction.atomic():
        row, _made = SetUp.objects.select_for_update().get_or_create(organization=organization)
        if (step.value in row.skipped) == is_skipped:
            return
        row.skipped = [*row.skipped, step.value] if is_skipped else [one for one in row.skipped if one != step.value]
        row.save(update_fields=["skipped"])
        audit.record(
            organization,
            "setup.skip" if is_skipped else "setup.unskip",
            request=request,
            object_label=str(step.label),
            object_url=f"{reverse('setup')}?step={step.value}",
        )
