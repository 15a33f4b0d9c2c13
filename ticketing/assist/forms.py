"""The form of Settings → Assist (contract 9)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ticketing.models import AssistSettings

MOST_TOPICS, LONGEST_TOPIC = 50, 200
NEW = "new"


class AssistForm(forms.Form):
    """`no_assist_topics` are plain-language lines; a topic said twice is kept once."""

    enabled = forms.BooleanField(
        label=_("Draft answers for agents"),
        required=False,
        help_text=_(
            "A ticket opened in Zendesk gets one internal note with a draft: agents see it, the contact never does. "
            "Tickets of handoffs are left alone."
        ),
    )
    only_sourced = forms.BooleanField(
        label=_("Only when the answer can be sourced"),
        required=False,
        help_text=_("A draft that names no article of yours is kept back, and the ticket gets a tag that says so."),
    )
    # Zendesk's word “new” is taken too: it counts as open.
    statuses = forms.MultipleChoiceField(
        label=_("Tickets with the status"),
        required=False,
        choices=[*AssistSettings.TicketStatus.choices, (NEW, "")],
    )
    no_assist_topics = forms.CharField(
        label=_("No-assist topics"),
        required=False,
        max_length=(LONGEST_TOPIC + 2) * MOST_TOPICS,
        help_text=_("One a line, in your own words, such as “legal threats”. Such a ticket gets a tag and no draft."),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "true"}),
    )

    @classmethod
    def shown(cls, wanted: AssistSettings) -> AssistForm:
        """The form as it stands before anyone typed."""
        return cls(initial=cls.values_of(wanted))

    @staticmethod
    def values_of(wanted: AssistSettings) -> dict[str, Any]:
        """The settings by the names of the fields."""
        return {
            "enabled": wanted.is_enabled,
            "only_sourced": wanted.only_sourced,
            "statuses": list(wanted.statuses),
            "no_assist_topics": wanted.no_assist_topics,
        }

    @property
    def status_choices(self) -> list[tuple[str, object, bool]]:
        """Value, word, and whether it is ticked."""
        ticked = self["statuses"].value() or []
        ticked = ["open" if value == NEW else value for value in ticked]
        return [(value, word, value in ticked) for value, word in AssistSettings.TicketStatus.choices]

    def clean_statuses(self) -> list[str]:
        chosen = {"open" if value == NEW else value for value in self.cleaned_data["statuses"]}
        return [value for value in AssistSettings.TicketStatus.values if value in chosen]

    def clean_no_assist_topics(self) -> str:
        typed = str(self.cleaned_data["no_assist_topics"]).replace("\x00", "")
        topics = list(dict.fromkeys(" ".join(line.split()) for line in typed.splitlines() if line.strip()))
        if len(topics) > MOST_TOPICS:
            raise forms.ValidationError(_("Keep it to %(n)s topics.") % {"n": MOST_TOPICS})
        if any(len(topic) > LONGEST_TOPIC for topic in topics):
            raise forms.ValidationError(_("Keep each topic to %(n)s characters.") % {"n": LONGEST_TOPIC})
        return "\n".join(topics)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("enabled") and "statuses" in cleaned and not cleaned["statuses"]:
            self.add_error("statuses", _("Choose at least one status, or turn Assist off."))
        return cleaned
