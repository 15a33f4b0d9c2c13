"""Do the parts of this installation work: database, broker, worker, queue?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.doctor.finding import HERE, US, Finding, ok, problem, warning
from integrations.doctor.registry import Check, Context, Text
from integrations.models import PlatformEvent, WebhookEvent
from opencx_admin.orgs import health

FAMILY = "parts"
LATE = dt.timedelta(minutes=2)


def _ask(name: str) -> Callable[[Context], Finding]:
    """What `/readyz` asks."""

    def run(_context: Context) -> Finding:
        try:
            return ok(health.CHECKS[name](), asked="/readyz")
        except health.NotReady as error:
            return problem(str(error), HERE, _("Look at the output of “manage.py serve”."), asked="/readyz")

    return run


def _queue(context: Context) -> Finding:
    """Rows whose time came long ago and that nobody took."""
    before = timezone.now() - LATE
    late = sum(
        model._default_manager.filter(organization=context.organization, next_attempt_at__lt=before).count()
        for model in (WebhookEvent, PlatformEvent)
    )
    if not late:
        return ok(_("Nothing has waited for more than 2 minutes beyond its time."))
    evidence = ngettext(
        "%(n)s row has waited for more than 2 minutes beyond its time.",
        "%(n)s rows have waited for more than 2 minutes beyond their time.",
        late,
    )
    return warning(evidence % {"n": late}, US, _("It goes on by itself; more workers take it faster."))


def _check(name: str, question: Text, meaning: Text) -> Check:
    symptom = gettext_lazy("Pages are slow or fail, or nothing is handed off.")
    mending = gettext_lazy("Look at the output of “manage.py serve”, and start it again.")
    return Check(f"parts.{name}", FAMILY, question, symptom, meaning, mending, _ask(name), rows=(17,))


CHECKS = (
    _check(
        "database",
        gettext_lazy("Does the database answer?"),
        gettext_lazy("Everything that this program knows stands there."),
    ),
    _check(
        "broker",
        gettext_lazy("Does the broker take messages?"),
        gettext_lazy("Without it work is found two seconds later, by the sweep."),
    ),
    _check(
        "worker",
        gettext_lazy("Is the worker alive?"),
        gettext_lazy("Without it nothing is handed off and nothing delivered; all of it waits as rows."),
    ),
    Check(
        "parts.queue",
        FAMILY,
        gettext_lazy("Does the worker keep up?"),
        gettext_lazy("Replies arrive late."),
        gettext_lazy("More work is due than the worker carries out."),
        gettext_lazy("Run more workers. Nothing is lost meanwhile."),
        _queue,
        rows=(17,),
    ),
)
