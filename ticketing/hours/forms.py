"""The form of Settings → Handoff: where each reason goes, and the hours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from opencx_admin.orgs.forms import zone_choices
from ticketing.hours import typed
from ticketing.hours.calendar import join_spans, read_hours, write_holidays
from ticketing.models import HandoffReason, HandoffSettings, ReasonRule

Route = HandoffSettings.Route
DAYS = (lazy("Monday"), lazy("Tuesday"), lazy("Wednesday"), lazy("Thursday"), lazy("Friday"), lazy("Saturday"),
        lazy("Sunday"))  # fmt: skip
MOST_TAGS, LONGEST_TAG, LONGEST_MESSAGE = 10, 80, 1000
OURS = "opencx_"
_TAG = re.compile(r"[^\s,;{}<>\"']+")
T = TypeVar("T")


@dataclass(frozen=True)
class ReasonFields:
    """The three fields of a reason, for the template."""

    label: object
    route: forms.BoundField
    tags: forms.BoundField
    assignee: forms.BoundField

    @property
    def bounds(self) -> tuple[forms.BoundField, ...]:
        return (self.route, self.tags, self.assignee)


class HandoffForm(forms.Form):
    """`route` for all; `route_<reason>`, `tags_<reason>`, `assignee_<reason>`; `has_hours`, `schedule`,
    `time_zone`, `day_0` (Monday) … `day_6`, `holidays`, `message`.
    """

    route = forms.ChoiceField(
        label=lazy("Handoffs of chats"),
        required=False,
        choices=[
            (Route.DEFAULT, lazy("A live conversation while Messaging is active, else a ticket")),
            (Route.TICKET, lazy("Always a ticket")),
        ],
        widget=forms.RadioSelect,
        help_text=lazy(
            "Email is always a ticket. A contact without an email and a number can have none, and chats on."
        ),
    )
    has_hours = forms.BooleanField(label=lazy("Keep office hours"), required=False)
    holidays = forms.CharField(
        label=lazy("Holidays"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=lazy("One a line: 2026-12-25 Christmas, or 2026-12-24 – 2026-12-26 Christmas."),
    )
    message = forms.CharField(
        label=lazy("Message outside of hours"),
        required=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
        help_text=lazy("OpenCX gets it with the handoff, for the contact: “Our people are back on Monday at 9.”"),
    )

    def __init__(self, *args: Any, wanted: HandoffSettings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = wanted
        zones = zone_choices()
        zones = zones if wanted.time_zone in dict(zones) else [(wanted.time_zone, wanted.time_zone), *zones]
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), required=False, choices=zones)
        self.fields["schedule"] = forms.ChoiceField(
            label=_("Hours from"), required=False, choices=self._list_schedules()
        )
        for weekday, name in enumerate(DAYS):
            widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
            self.fields[f"day_{weekday}"] = forms.CharField(label=name, required=False, max_length=200, widget=widget)
        for reason in HandoffReason.values:
            self._add_reason(reason)

    def _add_reason(self, reason: str) -> None:
        label = HandoffReason(reason).label
        self.fields[f"route_{reason}"] = forms.ChoiceField(
            label=_("%(reason)s: goes to") % {"reason": label},
            required=False,
            choices=[(Route.DEFAULT, _("As all")), *[(one.value, one.label) for one in Route if one != Route.DEFAULT]],
            widget=forms.Select(attrs={"class": "form-select w-auto"}),
        )
        self.fields[f"tags_{reason}"] = forms.CharField(
            label=_("%(reason)s: tags") % {"reason": label},
            required=False,
            max_length=1000,
            widget=forms.TextInput(
                attrs={"class": "form-control w-auto", "size": 22, "autocomplete": "off", "spellcheck": "false"}
            ),
        )
        self.fields[f"assignee_{reason}"] = forms.IntegerField(
            label=_("%(reason)s: assignee") % {"reason": label},
            required=False,
            min_value=1,
            max_value=2**62,
            widget=forms.TextInput(
                attrs={"class": "form-control mono w-auto", "size": 16, "inputmode": "numeric", "autocomplete": "off"}
            ),
        )

    def _list_schedules(self) -> list[tuple[str, str]]:
        rows = [
            (str(row["id"]), _("Zendesk: %(name)s (%(zone)s)") % {"name": row["name"], "zone": row["zone_name"]})
            for row in self.wanted.schedules
            if row["zone"] or row["id"] == self.wanted.schedule_id
        ]
        known = {value for value, _label in rows}
        followed = self.wanted.schedule_id
        if followed is not None and str(followed) not in known:
            rows.append((str(followed), _("Zendesk: schedule %(id)s, which is gone") % {"id": followed}))
        return [("", _("The week below")), *rows]

    @classmethod
    def shown(cls, wanted: HandoffSettings, rules: dict[str, ReasonRule]) -> HandoffForm:
        """The form as it stands before anyone typed."""
        hours = read_hours(wanted.time_zone, wanted.week, wanted.holidays)
        initial: dict[str, Any] = {
            "route": wanted.route,
            "has_hours": wanted.has_hours,
            "schedule": wanted.schedule_id or "",
            "time_zone": wanted.time_zone,
            "holidays": typed.write_holidays(hours.holidays),
            "message": wanted.message,
        }
        for weekday in range(len(DAYS)):
            initial[f"day_{weekday}"] = typed.write_day(hours.spans_of_weekday(weekday))
        for reason, rule in rules.items():
            initial[f"route_{reason}"] = rule.route
            initial[f"tags_{reason}"] = " ".join(rule.tags)
            initial[f"assignee_{reason}"] = rule.assignee_id
        return cls(wanted=wanted, initial=initial)

    @property
    def days(self) -> Iterator[forms.BoundField]:
        """Monday to Sunday."""
        return (self[f"day_{weekday}"] for weekday in range(len(DAYS)))

    @property
    def reasons(self) -> Iterator[ReasonFields]:
        """A row for each reason."""
        for reason in HandoffReason:
            names = (f"{part}_{reason.value}" for part in ("route", "tags", "assignee"))
            yield ReasonFields(reason.label, *(self[name] for name in names))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        spans: list[tuple[int, int]] = []
        for weekday in range(len(DAYS)):
            spans += self._read(f"day_{weekday}", partial(typed.read_day, weekday=weekday))
        cleaned["week"] = [list(span) for span in join_spans(spans)]
        cleaned["holidays_read"] = write_holidays(self._read("holidays", typed.read_holidays))
        for reason in HandoffReason.values:
            cleaned[f"tags_{reason}"] = self._read(f"tags_{reason}", read_tags)
        if cleaned.get("has_hours") and not cleaned.get("schedule") and not spans and not self.errors:
            self.add_error("has_hours", _("Hours need at least one day, or a schedule of Zendesk’s."))
        return cleaned

    def _read(self, name: str, read: Callable[[str], list[T]]) -> list[T]:
        try:
            return read(str(self.cleaned_data.get(name) or ""))
        except ValueError as error:
            self.add_error(name, str(error))
            return []


def read_tags(text: str) -> list[str]:
    """Tags between spaces or commas, as Zendesk keeps them: in small letters, each once. Raises `ValueError`."""
    tags = list(dict.fromkeys(text.lower().replace(",", " ").split()))
    if len(tags) > MOST_TAGS:
        raise ValueError(_("Keep it to %(n)s tags.") % {"n": MOST_TAGS})
    for tag in tags:
        if len(tag) > LONGEST_TAG or not _TAG.fullmatch(tag):
            raise ValueError(_("“%(tag)s” is no tag.") % {"tag": tag[:40]})
        if tag.startswith(OURS):
            raise ValueError(_("Tags that begin with opencx_ are ours; choose another."))
    return tags
