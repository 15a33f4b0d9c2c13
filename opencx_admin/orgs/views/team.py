"""Settings → Team: everybody reads it, owners change it."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.audit import record
from opencx_admin.orgs.components import Action, Confirm
from opencx_admin.orgs.forms import MemberForm
from opencx_admin.orgs.models import Membership, Role
from opencx_admin.orgs.team import AlreadyMember, Joined, LastOwner, add_member, change_role, remove_member


@page(read=Role.VIEWER, write=Role.OWNER)
def team(request: PageRequest) -> HttpResponse:
    """/settings/team/: `action` is add, change_role or remove, the latter two with `member` (the membership's id)."""
    if request.method != "POST":
        return _show(request, MemberForm())
    action = request.POST.get("action")
    if action == "add":
        return _add(request)
    wanted = request.POST.get("member", "")
    member = get_object_or_404(_members(request), pk=int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0)
    if action == "change_role" and request.POST.get("role") in Role.values:
        return _change(request, member, Role(request.POST["role"]))
    if action == "remove":
        return _remove(request, member)
    return _show(request, MemberForm(), status=422)


def _members(request: PageRequest) -> QuerySet[Membership]:
    return Membership.objects.filter(organization=request.org).select_related("user").order_by("created_at", "pk")


def _show(request: PageRequest, form: MemberForm, joined: Joined | None = None, status: int = 200) -> HttpResponse:
    context = {
        "members": _members(request),
        "form": form,
        "joined": joined,
        "roles": Role.choices,
        "may_change": request.role.allows(Role.OWNER),
    }
    return render(request, "orgs/team.html", context, status=status)


def _add(request: PageRequest) -> HttpResponse:
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        with transaction.atomic():
            joined = add_member(request.org, form.cleaned_data["email"], Role(form.cleaned_data["role"]))
            member = joined.membership
            label = member.user.email
            record(request.org, "member.add", request=request, object_label=label, after={"role": member.role})
    except AlreadyMember:
        form.add_error("email", _("This person is in the team already."))
        return _show(request, form, status=422)
    # Shown in this answer only: after a redirect the password would have to be kept somewhere.
    return _show(request, MemberForm(), joined)


def _change(request: PageRequest, member: Membership, role: Role) -> HttpResponse:
    before = member.role
    try:
        with transaction.atomic():
            change_role(member, role)
            record(
                request.org,
                "member.change_role",
                request=request,
                object_label=member.user.email,
                before={"role": before},
                after={"role": str(role)},
            )
    except LastOwner:
        messages.error(request, _("Not changed: the organization needs an owner. Make somebody else owner first."))
    else:
        messages.success(
            request, _("%(person)s is now %(role)s.") % {"person": member.user, "role": role.label.lower()}
        )
    return redirect("team")


def _remove(request: PageRequest, member: Membership) -> HttpResponse:
    if request.POST.get("confirmed") != "yes":
        return render(request, "orgs/confirm.html", {"confirm": _question(request, member), "back": request.path})
    try:
        with transaction.atomic():
            email, role = member.user.email, member.role
            remove_member(member)
            record(request.org, "member.remove", request=request, object_label=email, before={"role": role})
    except LastOwner:
        messages.error(request, _("Not removed: the organization needs an owner. Make somebody else owner first."))
    else:
        messages.success(request, _("%(person)s is no longer in the team.") % {"person": member.user})
    return redirect("team")


def _question(request: PageRequest, member: Membership) -> Confirm:
    return Confirm(
        title=_("Remove %(person)s from %(org)s?") % {"person": member.user, "org": request.org},
        parts=[
            ("", _("They are locked out of this organization at once.")),
            ("", _("What they did stays in the audit log.")),
        ],
        action=Action(_("Remove"), request.path, value="remove"),
        back_url=request.path,
        note=_("They can be added again."),
        hidden={"member": str(member.pk), "confirmed": "yes"},
    )
