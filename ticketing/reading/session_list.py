"""The list of sessions: its filters, and what a row says."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy

from opencx_admin.orgs.filters import Facet, Filters
from opencx_admin.orgs.models import Organization
from ticketing.canary.apart import leave_out
from ticketing.models import Channel, Contact, Handoff, Session, SessionStatus, SessionTicketLink
from ticketing.reading.reader import Reader

Status = Handoff.Status
FACETS = (
    Facet("q", gettext_lazy("Session or contact")),
    Facet("channel", gettext_lazy("Channel"), Channel.choices),
    Facet(
        "handed_off",
        gettext_lazy("Handed off"),
        (
            ("yes", gettext_lazy("yes")),
            ("no", gettext_lazy("no")),
            ("linked", gettext_lazy("with a ticket")),
            ("failed", gettext_lazy("failed")),
        ),
    ),
    Facet("status", gettext_lazy("Status"), SessionStatus.choices),
)


def filtered(org: Organization, filters: Filters, reader: Reader) -> QuerySet[Session]:
    """The organization's sessions that pass the filters."""
    rows = leave_out(org.sessions.all(), org, by="pk")
    for param in ("channel", "status"):
        if filters.get(param):
            rows = rows.filter(**{param: filters.get(param)})
    if filters.get("handed_off"):
        rows = rows.filter(_handed_off(filters.get("handed_off")))
    if filters.get("q"):
        rows = rows.filter(matching(org, filters.get("q"), reader))
    return rows


def _handed_off(value: str) -> Q:
    handoffs = Handoff.objects.filter(session=OuterRef("pk")).exclude(status=Status.CANCELLED)
    if value == "no":
        return Q(~Exists(handoffs))
    return Q(Exists(handoffs if value == "yes" else handoffs.filter(status=value)))


def matching(org: Organization, text: str, reader: Reader) -> Q:
    """Sessions by id, or by their contact's id, name, email or number.

    Who sees contacts masked finds them only by the whole id, and not by one that is a masked detail itself:
    a search must not tell who wrote to us.
    """
    by_id = Q(external_id__icontains=text)
    if reader.sees_contacts:
        fields = ("external_id", "name", "email", "phone")
        condition = Q()
        for field in fields:
            condition |= Q(**{f"{field}__icontains": text})
    else:
        is_detail = Q(email__iexact=text) | Q(phone=text) | Q(name__iexact=text)
        condition = Q(external_id=text) & ~is_detail
    contacts = Contact.objects.filter(condition, organization=org)
    return by_id | Q(contact__in=contacts.values("pk"))


def with_meaning(rows: QuerySet[Session]) -> QuerySet[Session]:
    """The rows with all that a line shows: contact, the handoff that counts, the ticket."""
    live = Handoff.objects.exclude(status=Status.CANCELLED).defer("request_body", "overflow")
    links = SessionTicketLink.objects.filter(is_active=True)
    return rows.select_related("contact").prefetch_related(
        Prefetch("handoffs", live, to_attr="live_handoffs"), Prefetch("links", links, to_attr="active_links")
    )
