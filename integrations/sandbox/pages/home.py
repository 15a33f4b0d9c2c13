"""The first page: what this is, and where to go."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from integrations.sandbox.models import PlatformLink
from integrations.sandbox.pages.common import show


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """``/``; a POST enters the secret with which the product signs its events to one link."""
    trouble = enter_secret(request) if request.method == "POST" else ""
    if request.method == "POST" and not trouble:
        return HttpResponseRedirect(request.path)
    links = PlatformLink.objects.order_by("pk")
    main = next((link for link in links if link.name == "default"), None)
    return show(request, "home.html", link=main, links=links, trouble=trouble, place="home")


def enter_secret(request: HttpRequest) -> str:
    """Keeps the pasted secret; else says what is wrong with it."""
    secret = request.POST.get("events_secret", "").strip()
    if not secret.startswith("whsec_"):
        return _("A signing secret begins with whsec_.")
    changed = PlatformLink.objects.filter(name=request.POST.get("link", "")).update(events_secret=secret)
    return "" if changed else _("There is no such link.")
