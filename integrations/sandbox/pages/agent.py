"""The agent's pages: tickets, and one ticket with everything said on it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox.api.answers import RefusedError
from integrations.sandbox.desk.actions import ACTIONS, UnplayableError
from integrations.sandbox.models import Account, Chat, Comment, Person, PlatformLink, Ticket, TicketField
from integrations.sandbox.pages.common import explain, find_account, show
from integrations.sandbox.store import writing
from integrations.sandbox.sunshine.workspace import AGENT_WORKSPACE

SHOWN = 100
UNSOLVED = ("new", "open", "pending", "hold")
PLAYABLE = ("reply", "note", "open", "pending", "solve", "close", "delete", "merge", "end_user", "suspend_user")


def tickets(request: HttpRequest, subdomain: str) -> HttpResponse:
    """``/<sub>/agent/``: unsolved tickets, or all with ``?view=all``."""
    account = find_account(subdomain)
    rows = Ticket.objects.select_related("requester", "assignee").filter(account=account, deleted_at=None)
    view = "all" if request.GET.get("view") == "all" else "unsolved"
    chosen = rows if view == "all" else rows.filter(status__in=UNSOLVED)
    return show(
        request,
        "tickets.html",
        account=account,
        place="agent",
        view=view,
        tickets=chosen.order_by("-updated_at", "-pk")[:SHOWN],
        unsolved=rows.filter(status__in=UNSOLVED).count(),
        total=rows.count(),
        live_chats=Chat.objects.filter(app__account=account, seat__integration_type=AGENT_WORKSPACE).count(),
        shown=SHOWN,
    )


@require_http_methods(["GET", "POST"])
def ticket(request: HttpRequest, subdomain: str, number: int) -> HttpResponse:
    """``/<sub>/agent/tickets/<number>``; a POST plays one action."""
    account = find_account(subdomain)
    trouble = play(account, number, request) if request.method == "POST" else ""
    row = (
        Ticket.objects.select_related("requester", "assignee", "submitter")
        .filter(account=account, number=number)
        .first()
    )
    if row is None:
        raise Http404(_("There is no such ticket."))
    if request.method == "POST" and not trouble:
        where = reverse("tickets", args=[subdomain]) if row.deleted_at else request.path
        return HttpResponseRedirect(where)
    return show(
        request, "ticket.html", account=account, place="agent", trouble=trouble, **describe(row), typed=request.POST
    )


def describe(row: Ticket) -> dict[str, Any]:
    """What the ticket's page shows."""
    link = PlatformLink.objects.filter(name="default").first()
    staff = Person.objects.filter(account=row.account, role__in=["agent", "admin"], is_suspended=False)
    fields = TicketField.objects.filter(account=row.account, is_system=False).order_by("position", "pk")
    return {
        "ticket": row,
        "chat": Chat.objects.filter(ticket=row).first(),
        "comments": Comment.objects.filter(ticket=row).select_related("author").order_by("pk"),
        "agents": staff.order_by("-role", "pk"),
        "values": [(field.title, row.values.get(str(field.number))) for field in fields],
        "product_url": link.product_url if link else "",
        "files_at": f"/{row.account.subdomain}",
    }


def play(account: Account, number: int, request: HttpRequest) -> str:
    """Plays what the form asks; why it could not be done, else nothing."""
    action = request.POST.get("action", "")
    if action not in PLAYABLE:
        return _("That is nothing an agent can do here.")
    said: dict[str, Any] = {name: value for name, value in request.POST.items() if value}
    said["ticket_id"] = number
    if action == "suspend_user":
        said["undo"] = "undo" in request.POST
    if action == "merge":
        into = request.POST.get("into", "").strip().lstrip("#")
        if not into.isdigit():
            return _("Which ticket it goes into is missing.")
        said["into"] = int(into)
    if action in ("reply", "note", "end_user") and not request.POST.get("text", "").strip():
        return _("There is no text.")
    try:
        with writing():
            ACTIONS[action](account, said)
    except RefusedError as refusal:
        return explain(refusal)
    except UnplayableError as error:
        return str(error)
    return ""
