"""The audit log: who did what to which thing, before and after."""

from __future__ import annotations

from django.db.models import Count, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opencx_admin.crypto import mask
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.audit import say_act
from opencx_admin.orgs.components import Action, AddChip, Chip, Empty, Option, diff_values
from opencx_admin.orgs.keyset import read_page
from opencx_admin.orgs.models import AuditEntry, Role

FILTERS = {
    "who": ("actor_label", gettext_lazy("Who")),
    "what": ("action", gettext_lazy("What")),
    "object": ("object_label", gettext_lazy("Object")),
}


@page()
def audit(request: PageRequest) -> HttpResponse:
    """/audit/?who=&what=&object=&before=. Viewers see email addresses masked."""
    entries = AuditEntry.objects.filter(organization=request.org)
    chosen = {name: value for name in FILTERS if (value := request.GET.get(name, "").strip())}
    found = entries.filter(**{FILTERS[name][0]: value for name, value in chosen.items()})
    shown = read_page(found, request.GET)
    context = {
        "page": shown,
        "rows": [(entry, say_act(entry.action), _diff(entry, request.role)) for entry in shown.rows],
        "total": found.count(),
        "oldest": entries.order_by("pk").values_list("at", flat=True).first(),
        "chips": [Chip(FILTERS[name][1], value, _without(request.GET, name)) for name, value in chosen.items()],
        "adds": _adds(entries, chosen, request.GET),
        "empty": _empty(entries, chosen, request.GET),
        "hides": not request.role.allows(Role.LEAD),
    }
    return render(request, "orgs/audit.html", context)


def _diff(entry: AuditEntry, role: Role) -> object:
    before, after = (side if isinstance(side, dict) else {"": side} for side in (entry.before, entry.after))
    if not role.allows(Role.LEAD):
        before, after = _masked(before), _masked(after)
    return diff_values(before, after)


def _masked(values: dict[str, object]) -> dict[str, object]:
    return {
        key: mask(value) if isinstance(value, str) and ("@" in value or value.startswith("+")) else value
        for key, value in values.items()
    }


def _without(query: QueryDict, *names: str, **new: str) -> str:
    kept = query.copy()
    for name in (*names, *new, "before"):
        kept.pop(name, None)
    for name, value in new.items():
        kept[name] = value
    return f"?{kept.urlencode()}"


def _adds(entries: QuerySet[AuditEntry], chosen: dict[str, str], query: QueryDict) -> list[AddChip]:
    adds = []
    for name in ("who", "what"):
        if name in chosen:
            continue
        column, label = FILTERS[name]
        values = entries.order_by().values(column).annotate(n=Count("pk")).order_by("-n", column)[:12]
        options = [Option(row[column], _without(query, **{name: row[column]}), row["n"]) for row in values]
        adds += [AddChip(label, options)] if options else []
    if "object" not in chosen:
        adds.append(AddChip(FILTERS["object"][1], field="object", kept=list(chosen.items())))
    return adds


def _empty(entries: QuerySet[AuditEntry], chosen: dict[str, str], query: QueryDict) -> Empty:
    if not chosen:
        return Empty(
            "unset", _("Nothing has been done yet"), _("Every change to settings and every retry stands here.")
        )
    left = {name: _count_without(entries, chosen, name) for name in chosen}
    worst = max(left, key=lambda name: left[name])
    return Empty(
        "filtered",
        _("No entry matches"),
        _("Without “%(name)s: %(value)s” there are %(n)s.")
        % {"name": FILTERS[worst][1], "value": chosen[worst], "n": left[worst]},
        Action(_("Remove that filter"), _without(query, worst)),
    )


def _count_without(entries: QuerySet[AuditEntry], chosen: dict[str, str], left_out: str) -> int:
    return entries.filter(**{FILTERS[name][0]: value for name, value in chosen.items() if name != left_out}).count()
