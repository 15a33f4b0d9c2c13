"""Zendesk's search words, as far as they are used here."""

import re
import shlex

from django.db.models import Q, QuerySet

from integrations.sandbox.models import Account, Person, Ticket

WORD = re.compile(r"(-?[a-z_]+)([:<>]=?)(.*)", re.DOTALL)


def split(query: str) -> list[str]:
    """Words, with quoted ones kept whole."""
    try:
        return shlex.split(query)
    except ValueError:
        return query.split()


def find_users(account: Account, query: str, external_id: str = "") -> QuerySet[Person]:
    """Users by ``email:``, ``phone:``, ``external_id:``, ``role:``, ``name:`` or words of a name."""
    rows = Person.objects.filter(account=account, is_active=True)
    if external_id:
        return rows.filter(external_id__iexact=external_id)
    for word in split(query):
        found = WORD.fullmatch(word)
        name, value = (found[1], found[3]) if found else ("", word)
        if name in ("email", "phone", "external_id", "role"):
            rows = rows.filter(**{f"{name}__iexact": value})
        elif name == "name":
            rows = rows.filter(name__icontains=value)
        elif name != "type":
            rows = rows.filter(Q(name__icontains=value) | Q(email__icontains=value) | Q(phone__icontains=value))
    return rows


def find_tickets(account: Account, query: str) -> QuerySet[Ticket]:
    """Tickets by ``external_id:``, ``tags:``, ``status:``, ``requester:``, a number, or words of the subject."""
    rows = Ticket.objects.filter(account=account, deleted_at=None)
    for word in split(query):
        found = WORD.fullmatch(word)
        name, sign, value = (found[1], found[2], found[3]) if found else ("", "", word)
        if name == "external_id":
            rows = rows.filter(external_id=value)
        elif name == "tags":
            rows = rows.filter(tags__icontains=f'"{value}"')
        elif name == "status":
            rows = rows.filter(status_filter(sign, value))
        elif name == "requester":
            rows = rows.filter(Q(requester__email__iexact=value) | Q(requester__name__icontains=value))
        elif word.lstrip("#").isdigit():
            rows = rows.filter(number=int(word.lstrip("#")))
        elif name not in ("type", "created", "updated", "order_by", "sort"):
            rows = rows.filter(subject__icontains=word)
    return rows


def status_filter(sign: str, value: str) -> Q:
    """``status:open``, ``status<solved`` and the like."""
    order = ["new", "open", "pending", "hold", "solved", "closed"]
    if value not in order or sign in (":", ":="):
        return Q(status=value)
    place = order.index(value)
    chosen = order[:place] if "<" in sign else order[place + 1 :]
    return Q(status__in=[*chosen, value] if "=" in sign else chosen)
