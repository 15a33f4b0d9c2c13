"""Logging in and out, changing the organization and the theme."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from opencx_admin.orgs.access import SESSION_KEY, PageRequest, page
from opencx_admin.orgs.context import THEMES
from opencx_admin.orgs.forms import LoginForm
from opencx_admin.orgs.models import Role, User

YEAR = 365 * 24 * 3600


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: `next` when it is a page of ours, else the overview."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours else "/"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """The login page. django-axes counts failures and answers 429 with orgs/locked_out.html after too many."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(_next(request))
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = authenticate(request, email=form.cleaned_data["email"], password=form.cleaned_data["password"])
        if person is not None:
            login(request, person)
            return HttpResponseRedirect(_next(request))
        form.refuse()
    status = 422 if request.method == "POST" else 200
    return render(request, "orgs/login.html", {"form": form, "next": _next(request)}, status=status)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("login")


@page(read=None, write=Role.VIEWER)
def switch_organization(request: PageRequest) -> HttpResponse:
    """Work in another organization of the person from now on; 404 for one they do not belong to."""
    slug = request.POST.get("organization", "")
    for membership in getattr(request, "memberships", []):
        if membership.organization.slug == slug:
            request.session[SESSION_KEY] = membership.organization_id
            return redirect("/")
    raise Http404


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme: with the person, and in a cookie for the pages before login."""
    theme = request.POST.get("theme", "")
    theme = theme if theme in THEMES else ""
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(theme=theme)
    is_script = request.headers.get("X-Requested-With") == "fetch"
    response = HttpResponse(status=204) if is_script else HttpResponseRedirect(_next(request))
    response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return response
