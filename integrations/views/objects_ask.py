"""The questions before an act on the objects in Zendesk: what is made, removed or given back, and what stops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models import ObjectKind
from integrations.provisioning.reading import TRIGGERS
from integrations.views.objects_show import ObjectRow
from opencx_admin.orgs.components import Action, Confirm

Parts = list[tuple[int | str, Any]]


def ask(question: str, kind: str, rows: Sequence[ObjectRow], seen: str) -> Confirm | None:
    """The question about the plan with the fingerprint `seen`; None when there is nothing to do."""
    if question == "apply":
        return _ask_apply([row for row in rows if row.needs_work], seen)
    ours = [row for row in rows if row.is_ours]
    if question == "uninstall":
        return _ask_uninstall(ours)
    found = [row for row in ours if row.item.kind == kind]
    rings = [row for row in ours if kind == ObjectKind.WEBHOOK and row.item.kind in TRIGGERS]
    return _ask_undo(found[0], rings) if found else None


def _ask_apply(work: Sequence[ObjectRow], seen: str) -> Confirm | None:
    if not work:
        return None
    number = len(work)
    return Confirm(
        title=ngettext("Set up %(n)s object in Zendesk?", "Set up %(n)s objects in Zendesk?", number) % {"n": number},
        parts=[("", f"{row.item.name}: {row.act}") for row in work],
        note=_("Nothing else in the account is touched. Each step is written down, and each can be undone."),
        action=Action(
            ngettext("Set up %(n)s object", "Set up %(n)s objects", number) % {"n": number}, _here(), value="apply"
        ),
        back_url=_here(),
        hidden={"seen": seen},
    )


def _ask_uninstall(ours: Sequence[ObjectRow]) -> Confirm | None:
    if not ours:
        return None
    parts: Parts = [(_("Given back") if _is_adopted(row) else _("Removed"), _undo_text(row)) for row in ours]
    parts += [(_("Stops"), text) for text in dict.fromkeys(str(row.loss) for row in ours)]
    parts.append((_("Stays"), _("Handoffs still make tickets. Sessions, links and the audit log stay.")))
    number = len(ours)
    return Confirm(
        title=ngettext("Remove our %(n)s object from Zendesk?", "Remove our %(n)s objects from Zendesk?", number)
        % {"n": number},
        parts=parts,
        note=_("What was there before us and what others made stays. You can set it up again at any time."),
        action=Action(_("Remove them from Zendesk"), _here(), value="uninstall"),
        back_url=_here(),
        is_final=True,
    )


def _ask_undo(row: ObjectRow, rings: Sequence[ObjectRow]) -> Confirm:
    """One object; without the webhook the triggers would ring nobody, so they go with it."""
    words = {"name": row.item.name}
    parts: Parts = [(_("Given back") if _is_adopted(one) else _("Removed"), _undo_text(one)) for one in (row, *rings)]
    return Confirm(
        title=(_("Give back its former fields: %(name)s?") if _is_adopted(row) else _("Remove: %(name)s?")) % words,
        parts=[*parts, (_("Stops"), row.loss)],
        note=_("It can be set up again at any time."),
        action=Action(_("Give it back") if _is_adopted(row) else _("Remove it"), _here(), value="undo"),
        back_url=_here(),
        is_final=not _is_adopted(row),
        hidden={"kind": row.item.kind},
    )


def _is_adopted(row: ObjectRow) -> bool:
    return bool(row.stored and row.stored.is_adopted)


def _undo_text(row: ObjectRow) -> str:
    words = {"name": row.item.name, "title": row.item.title}
    if _is_adopted(row):
        return _("%(name)s, “%(title)s”: it gets the fields that it had before us.") % words
    return _("%(name)s, “%(title)s”: it was made here.") % words


def _here() -> str:
    return reverse("zendesk-objects")
