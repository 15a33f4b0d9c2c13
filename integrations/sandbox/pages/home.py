"""The first page: what this is, and where to go."""

from django.http import HttpRequest, HttpResponse

from integrations.sandbox.models import PlatformLink
from integrations.sandbox.pages.common import show


def home(request: HttpRequest) -> HttpResponse:
    """``/``."""
    link = PlatformLink.objects.filter(name="default").first()
    return show(request, "home.html", link=link, place="home")
