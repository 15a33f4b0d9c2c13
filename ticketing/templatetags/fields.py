"""Values of ticket fields in templates. `{% load fields %}`

{% field_value field value %}   option names, yes and no, a dash for none
{% blank_word reason %}         why a field stayed blank, in small letters
{% source_word source %}        who answered
{% percent 0.93 %}              "93 %"
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from ticketing.ai.engine import BlankReason, Source
from ticketing.fields.dry_run import DryRun
from ticketing.fields.values import show_value
from ticketing.models import TicketField

register = template.Library()


@register.simple_tag
def field_value(field: TicketField, value: Any) -> str:
    """A value as people read it."""
    return show_value(field, value)


@register.simple_tag
def blank_word(reason: str) -> str:
    """Why a field stayed blank."""
    return str(BlankReason(reason).label).lower() if reason in BlankReason.values else str(reason)


@register.simple_tag
def source_word(source: str) -> str:
    """Who answered; nothing for nobody."""
    return str(Source(source).label) if source in Source.values else str(source)


@register.simple_tag
def percent(share: float) -> str:
    """A share of 0 to 1."""
    return _("%(n)s %%") % {"n": round(100 * share)}


@register.filter
def rate_words(dry_run: DryRun) -> str:
    """The fill rate of a dry run."""
    return _("fill rate %(n)s %%") % {"n": dry_run.fill_rate}
