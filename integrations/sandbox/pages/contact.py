"""The contact's pages: conversations with the AI, and what agents answer."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox.models import Conversation, PlatformLink, ReceivedEvent, Utterance
from integrations.sandbox.pages.common import show
from integrations.sandbox.platform import conversations, product

SHOWN = 50


@require_http_methods(["GET", "POST"])
def platform(request: HttpRequest) -> HttpResponse:
    """``/platform/``: conversations; a POST begins one."""
    link, _made = PlatformLink.objects.get_or_create(name="default")
    trouble = ""
    if request.method == "POST":
        said = {name: request.POST.get(name, "").strip() for name in ("channel", "name", "email", "phone", "text")}
        if said["channel"] in conversations.CHANNELS and said["text"]:
            row = conversations.begin(link, said)
            conversations.say(row, said["text"])
            return HttpResponseRedirect(reverse("conversation", args=[row.session_id]))
        trouble = _("A conversation begins with a channel and a first message.")
    return show(
        request,
        "platform.html",
        place="platform",
        link=link,
        trouble=trouble,
        typed=request.POST,
        channels=conversations.CHANNELS,
        conversations=Conversation.objects.order_by("-created_at")[:SHOWN],
    )


@require_http_methods(["GET", "POST"])
def conversation(request: HttpRequest, session_id: str) -> HttpResponse:
    """``/platform/<session_id>/``: what the contact sees; a POST writes or asks for a person."""
    row = Conversation.objects.select_related("link").filter(pk=session_id).first()
    if row is None:
        raise Http404(_("There is no such conversation."))
    trouble = ""
    if request.method == "POST":
        if request.POST.get("action") == "human":
            trouble = conversations.hand_off(row)
        elif request.POST.get("text", "").strip():
            conversations.say(row, request.POST["text"].strip())
        else:
            trouble = _("There is no text.")
        if not trouble:
            return HttpResponseRedirect(request.path)
    status, session = product.call(row.link, "GET", f"sessions/{row.session_id}")
    return show(
        request,
        "conversation.html",
        place="platform",
        row=row,
        trouble=trouble,
        session=session if status == 200 else None,
        session_trouble=conversations.trouble_of(status, session),
        said=Utterance.objects.filter(conversation=row).order_by("created_at"),
        events=ReceivedEvent.objects.filter(session_id=row.session_id).order_by("-pk")[:SHOWN],
    )
