"""The Agent Workspace: live conversations, and one of them to answer."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox.api.answers import RefusedError
from integrations.sandbox.desk.actions import UnplayableError
from integrations.sandbox.models import Account, Chat, ChatMessage, Participant, Person, PlatformLink
from integrations.sandbox.pages.common import explain, find_account, show
from integrations.sandbox.store import writing
from integrations.sandbox.sunshine.actions import ACTIONS, AGENT_KEY, AUTOMATIC
from integrations.sandbox.sunshine.messages import ANSWER_BOT
from integrations.sandbox.sunshine.workspace import AGENT_WORKSPACE

SHOWN = 100
PLAYABLE = ("chat_take", "chat_reply", "chat_file", "chat_end", "automatic_text", "user_message", "conversation_remove")
SPEAKING = ("chat_reply", "automatic_text", "user_message")


def chats(request: HttpRequest, subdomain: str) -> HttpResponse:
    """``/<sub>/agent/chats/``: conversations with the agents, or all with ``?view=all``."""
    account = find_account(subdomain)
    rows = Chat.objects.select_related("seat", "ticket", "agent").filter(app__account=account)
    live = rows.filter(seat__integration_type=AGENT_WORKSPACE)
    view = "all" if request.GET.get("view") == "all" else "live"
    found = list((rows if view == "all" else live).order_by("-last_updated_at", "-pk")[:SHOWN])
    names = {
        row.chat.pk: row.user.name for row in Participant.objects.select_related("user", "chat").filter(chat__in=found)
    }
    return show(
        request,
        "chats.html",
        account=account,
        place="agent",
        view=view,
        chats=[(row, names.get(row.pk, row.uid), state_of(row)) for row in found],
        live=live.count(),
        total=rows.count(),
        shown=SHOWN,
    )


def state_of(chat: Chat) -> str:
    """Who has the conversation, in a word for the page."""
    if chat.seat is None:
        return "ended"
    if chat.seat.integration_type != AGENT_WORKSPACE:
        return "bot"
    return "taken" if chat.agent is not None else "waiting"


@require_http_methods(["GET", "POST"])
def chat(request: HttpRequest, subdomain: str, uid: str) -> HttpResponse:
    """``/<sub>/agent/chats/<id>/``; a POST plays one action."""
    account = find_account(subdomain)
    trouble = play(account, uid, request) if request.method == "POST" else ""
    row = Chat.objects.select_related("seat", "ticket", "agent").filter(app__account=account, uid=uid).first()
    if request.method == "POST" and not trouble:
        return HttpResponseRedirect(request.path if row is not None else reverse("chats", args=[subdomain]))
    if row is None:
        raise Http404(_("There is no such conversation."))
    return show(
        request, "chat.html", account=account, place="agent", trouble=trouble, typed=request.POST, **describe(row)
    )


def describe(row: Chat) -> dict[str, Any]:
    """What the conversation's page shows."""
    link = PlatformLink.objects.filter(name="default").first()
    people = Participant.objects.select_related("user__person").filter(chat=row).order_by("pk")
    staff = Person.objects.filter(account=row.app.account, role__in=["agent", "admin"], is_suspended=False)
    return {
        "chat": row,
        "state": state_of(row),
        "user": people[0].user if people else None,
        "agents": staff.order_by("-role", "pk"),
        "messages": [(one, kind_of(one)) for one in ChatMessage.objects.filter(chat=row).order_by("pk")],
        "captured": sorted(row.captured.items()),
        "session_id": row.metadata.get("opencx_session_id", ""),
        "product_url": link.product_url if link else "",
    }


def kind_of(message: ChatMessage) -> str:
    """Who speaks: ``user``, ``agent``, ``automatic``, ``bot`` or ``api``."""
    if message.author.get("type") == "user":
        return "user"
    if (message.metadata or {}).get(AGENT_KEY) == AUTOMATIC:
        return "automatic"
    return {AGENT_WORKSPACE: "agent", ANSWER_BOT: "bot"}.get(message.source.get("type", ""), "api")


def play(account: Account, uid: str, request: HttpRequest) -> str:
    """Plays what the form asks; why it could not be done, else nothing."""
    action = request.POST.get("action", "")
    if action not in PLAYABLE:
        return _("That is nothing an agent can do here.")
    said: dict[str, Any] = {name: value for name, value in request.POST.items() if str(value).strip()}
    if action in SPEAKING and "text" not in said:
        return _("There is no text.")
    if action == "chat_file" and "url" not in said:
        return _("The address of the file is missing.")
    try:
        with writing():
            ACTIONS[action](account, {**said, "conversation_id": uid})
    except RefusedError as refusal:
        return explain(refusal)
    except UnplayableError as error:
        return str(error)
    return ""
