"""A person's own account: name, time zone, theme, keys, password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from opencx_admin.orgs.forms import AccountForm, PasswordForm
from opencx_admin.orgs.models import User
from opencx_admin.orgs.views.session import YEAR


@login_required
@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """/account/: `action=save` keeps the profile, `action=password` changes the password."""
    person = get_object_or_404(User, email=request.user.get_username())
    keys_are_on = request.COOKIES.get("keys") != "off"
    action = request.POST.get("action") if request.method == "POST" else None
    profile = AccountForm(request.POST if action == "save" else None, instance=person, initial={"keys": keys_are_on})
    password = PasswordForm(person, request.POST if action == "password" else None)
    if action == "save" and profile.is_valid():
        return _save_profile(request, profile)
    if action == "password" and password.is_valid():
        update_session_auth_hash(request, password.save())
        messages.success(request, _("The password is changed. Other browsers are logged out."))
        return redirect("account")
    status = 422 if request.method == "POST" else 200
    return render(request, "orgs/account.html", {"profile": profile, "password": password}, status=status)


def _save_profile(request: HttpRequest, profile: AccountForm) -> HttpResponse:
    person = profile.save()
    messages.success(request, _("Saved."))
    response = redirect("account")
    options = {"max_age": YEAR, "samesite": "Lax", "httponly": True, "secure": request.is_secure()}
    response.set_cookie("theme", person.theme, **options)  # type: ignore[arg-type]
    response.set_cookie("keys", "on" if profile.cleaned_data["keys"] else "off", **options)  # type: ignore[arg-type]
    return response
