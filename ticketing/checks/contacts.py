"""Is one person one contact?"""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.doctor.finding import HERE, IN_ZENDESK, Finding, ok, problem, skipped, warning
from integrations.doctor.registry import SUBJECTS, Check, Context
from ticketing.canary.apart import handoffs_of
from ticketing.checks.case import case_of
from ticketing.models import Channel, ConversationTransfer

FAMILY = "contacts"
MONTH = dt.timedelta(days=30)
Merge = ConversationTransfer.Merge


def _joined(context: Context) -> Finding:
    rows = ConversationTransfer.objects.filter(
        handoff__in=handoffs_of(context.organization), handoff__created_at__gte=timezone.now() - MONTH
    )
    total, missed = rows.count(), rows.filter(merge=Merge.MISSED)
    if not total:
        return skipped(_("No chat went into a live conversation in the last 30 days."))
    number = missed.count()
    if not number:
        return ok(_("None of %(n)s chats left the contact unjoined.") % {"n": total})
    newest = missed.select_related("handoff").order_by("-pk").first()
    evidence = ngettext(
        "For %(n)s of %(total)s chats nobody could look whether the contact is in Support: %(why)s",
        "For %(n)s of %(total)s chats nobody could look whether the contacts are in Support: %(why)s",
        number,
    )
    words = {"n": number, "total": total, "why": newest.merge_detail if newest else ""}
    fix = _("Turn the Zendesk API credentials on in Messaging, then merge the doubles in Zendesk.")
    link = newest.handoff.get_absolute_url() if newest else reverse("zendesk-messaging")
    return problem(evidence % words, HERE, fix, link=link)


def _of_session(context: Context) -> Finding:
    handoff = case_of(context).handoff
    row = ConversationTransfer.objects.filter(handoff=handoff).first() if handoff else None
    if row is None or not row.merge:
        return skipped(_("It went into no live conversation."))
    if row.merge == Merge.FOUND:
        return ok(_("Joined with the contact’s user in Support."))
    if row.merge == Merge.NOBODY:
        return ok(_("There was no such user in Support yet."))
    owner = IN_ZENDESK if row.support_user_id else HERE
    fix = _("Merge the two in Zendesk: the contact’s profile › Merge into another user.")
    return warning(_("Not joined: %(why)s") % {"why": row.merge_detail}, owner, fix)


def _address(context: Context) -> Finding:
    session = case_of(context).session
    if session is None:
        return skipped(_("not asked: no session of ours has this ticket"))
    contact = session.contact
    if contact.email or contact.phone:
        known = [_("an email")] if contact.email else []
        known += [_("a number")] if contact.phone else []
        return ok(_("Known: %(what)s.") % {"what": ", ".join(known)})
    if session.channel != Channel.EMAIL and case_of(context).link is not None:
        return ok(_("Neither email nor number; the live conversation needs none."))
    fix = _("Enter an email or a number on the handoff’s page; the ticket is made at once.")
    handoff = case_of(context).handoff
    link = handoff.get_absolute_url() if handoff else session.get_absolute_url()
    return problem(_("The contact gave neither an email nor a number."), HERE, fix, link=link)


CHECKS = (
    Check(
        "contacts.joined",
        FAMILY,
        gettext_lazy("Is each chat’s contact one person in Zendesk?"),
        gettext_lazy("Zendesk shows a second contact for one WhatsApp number."),
        gettext_lazy("The look-up of the contact in Support was skipped or failed."),
        gettext_lazy("Turn the API credentials on in Messaging; merge contacts that exist twice in Zendesk."),
        _joined,
        rows=(15,),
    ),
    Check(
        "contact.joined",
        FAMILY,
        gettext_lazy("Is this contact one person in Zendesk?"),
        gettext_lazy("Zendesk shows a second contact for one WhatsApp number."),
        gettext_lazy("The look-up of the contact in Support was skipped or failed."),
        gettext_lazy("Merge the two in Zendesk, by hand: a merge of users cannot be taken back."),
        _of_session,
        rows=(15,),
        scopes=SUBJECTS,
    ),
    Check(
        "contact.address",
        FAMILY,
        gettext_lazy("Can the contact become a requester?"),
        gettext_lazy("A handoff runs and no ticket appears: “no email or number”."),
        gettext_lazy("Zendesk needs an email or a phone number to make a requester."),
        gettext_lazy("Enter one on the handoff’s page; the ticket is made at once."),
        _address,
        rows=(3,),
        scopes=SUBJECTS,
    ),
)
