"""How far the first run is: read from what is true, not from what somebody clicked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.models import ObjectKind, PlatformConnection, ProvisionedObject, ZendeskConnection
from opencx_admin.orgs.components import StepLink
from opencx_admin.orgs.models import Organization
from ticketing.canary.runs import find_last
from ticketing.models import CanaryRun
from ticketing.set_up import StepName, read_skipped

# What is lost while a step is left out.
CONSEQUENCES: dict[str, str | Promise] = {
    StepName.CONNECT: _("Without it no handoff can become a ticket."),
    StepName.VERIFY: _("Without it a missing right shows only when a handoff fails."),
    StepName.OPENCX: _("Without it agents’ replies are read, wait here, and reach nobody."),
    StepName.OBJECTS: _("Without them Zendesk does not ring: replies are found once an hour."),
    StepName.CANARY: _("Without it nobody knows whether replies come back before a contact waits for one."),
}
TITLES: dict[str, str | Promise] = {
    StepName.CONNECT: _("Connect Zendesk"),
    StepName.VERIFY: _("Verify the connection"),
    StepName.OPENCX: _("Connect the AI platform"),
    StepName.OBJECTS: _("Let Zendesk call us"),
    StepName.CANARY: _("Prove the round trip"),
}
PURPOSES: dict[str, str | Promise] = {
    StepName.CONNECT: _("With an OAuth client; each right is checked before anything is saved."),
    StepName.VERIFY: _("Nine questions to Zendesk, with its answers."),
    StepName.OPENCX: _("Where agents’ replies go, and the secret that signs them."),
    StepName.OBJECTS: _("A webhook, its triggers and a view, made for you."),
    StepName.CANARY: _("A test ticket goes there, a reply comes back, a note does not."),
}
NEEDED = (ObjectKind.WEBHOOK, ObjectKind.REPLY_TRIGGER, ObjectKind.STATUS_TRIGGER)
NEEDS_CONNECTION = (StepName.VERIFY, StepName.OBJECTS, StepName.CANARY)


@dataclass(frozen=True)
class FirstRun:
    """What the organization's rows say of each step."""

    org: Organization

    @cached_property
    def zendesk(self) -> ZendeskConnection | None:
        return ZendeskConnection.objects.filter(organization=self.org).first()

    @cached_property
    def platform(self) -> PlatformConnection | None:
        return PlatformConnection.objects.filter(organization=self.org).first()

    @cached_property
    def last_canary(self) -> CanaryRun | None:
        return find_last(self.org)

    @cached_property
    def skipped(self) -> frozenset[str]:
        return read_skipped(self.org)

    @cached_property
    def objects_in_place(self) -> int:
        """How many of the needed objects stand in Zendesk as they should, when last compared."""
        rows = ProvisionedObject.objects.filter(organization=self.org, kind__in=NEEDED, is_gone=False)
        return rows.filter(Q(drift=[])).count()

    @cached_property
    def done(self) -> frozenset[StepName]:
        """The steps that are done, by what is there."""
        connection, run = self.zendesk, self.last_canary
        is_verified = connection is not None and connection.verified_at is not None and connection.refused_at is None
        found = {
            StepName.CONNECT: connection is not None,
            StepName.VERIFY: is_verified,
            StepName.OPENCX: bool(self.platform and self.platform.events_url),
            StepName.OBJECTS: connection is not None and self.objects_in_place == len(NEEDED),
            StepName.CANARY: connection is not None and run is not None and run.status == CanaryRun.Status.PASSED,
        }
        return frozenset(step for step, is_done in found.items() if is_done)

    @cached_property
    def current(self) -> StepName:
        """The first step that is neither done nor left out."""
        return next((step for step in self.steps if step not in self.done and step not in self.skipped), StepName.DONE)

    @property
    def steps(self) -> list[StepName]:
        """The steps that are work."""
        return [step for step in StepName if step != StepName.DONE]

    def state(self, step: StepName) -> str:
        """ok, skipped, blocked (it needs the connection first) or waiting."""
        if step == StepName.DONE:
            return "ok" if self.current == StepName.DONE else "waiting"
        if step in self.done:
            return "ok"
        if step in self.skipped:
            return "skipped"
        return "blocked" if step in NEEDS_CONNECTION and self.zendesk is None else "waiting"

    def next_step(self, step: StepName) -> StepName:
        """The step behind this one."""
        names = list(StepName)
        return names[min(names.index(step) + 1, len(names) - 1)]

    def links(self, shown: StepName) -> list[StepLink]:
        """The line of steps, with the one on the page."""
        return [StepLink(step.label, step_url(step), self.state(step), step == shown) for step in StepName]


def step_url(step: StepName) -> str:
    """The page of a step."""
    return f"{reverse('setup')}?step={step.value}"
