"""Do the parts of this installation work: database, broker, worker?"""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.doctor.finding import OK, PROBLEM, Finding
from opencx_admin.orgs import health
from opencx_admin.orgs.models import Organization


def examine(organization: Organization) -> list[Finding]:
    """What `/readyz` asks."""
    return [_ask(name) for name in health.CHECKS]


def _ask(name: str) -> Finding:
    questions = {
        "database": _("Does the database answer?"),
        "broker": _("Does the broker take messages?"),
        "worker": _("Is the worker alive?"),
    }
    asked = (f"parts.{name}", questions.get(name, name))
    try:
        return Finding(*asked, OK, health.CHECKS[name]())
    except health.NotReady as error:
        return Finding(*asked, PROBLEM, str(error), "you_here", _("Look at the output of “manage.py serve”."))
