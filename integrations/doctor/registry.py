"""The registry: every check with its words, its evidence and its repair. Pages, command and help are made from it.

An app registers its checks when Django starts; `integrations` knows nothing of the sessions and tickets that some
of them look at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.clients.errors import ProviderError, Unauthorized
from integrations.doctor.finding import HERE, PROBLEM, US, Finding, problem, skipped, unknown
from opencx_admin.crypto import Undecryptable
from opencx_admin.orgs.components import DiffLine
from opencx_admin.orgs.models import Organization, Role

log = logging.getLogger("opencx.doctor")
Text = str | Promise
T = TypeVar("T")
ACCOUNT, SESSION, HANDOFF, TICKET, CALL = "", "session", "handoff", "ticket", "call"
SUBJECTS = (SESSION, HANDOFF, TICKET, CALL)


@dataclass(frozen=True)
class Subject:
    """What a run is about: the account (no kind), or one session, handoff, ticket or webhook call by its id."""

    kind: str = ACCOUNT
    ref: str = ""

    def __bool__(self) -> bool:
        return bool(self.kind)


@dataclass
class Context:
    """One run over one organization. What several checks need is asked once: `recall`."""

    organization: Organization
    subject: Subject = field(default_factory=Subject)
    findings: dict[str, Finding] = field(default_factory=dict)
    _memory: dict[Hashable, Any] = field(default_factory=dict)

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `make`, made once per run."""
        if key not in self._memory:
            self._memory[key] = make()
        found: T = self._memory[key]
        return found


@dataclass(frozen=True)
class Family:
    """Checks that stand together on the page, in the order of the flow."""

    id: str
    title: Text


@dataclass(frozen=True)
class Preview:
    """What a repair would change: `lines` as a diff, `parts` as (number, sentence), `left_out` as sentences with
    their reasons. `seen` is a fingerprint of what was looked at. Nothing to do: `is_empty`.
    """

    title: str
    object_label: str = ""
    lines: tuple[DiffLine, ...] = ()
    parts: tuple[tuple[int | str, str], ...] = ()
    note: str = ""
    seen: str = ""
    is_empty: bool = False
    # The button, where it says more than the repair's own label.
    button: str = ""


@dataclass(frozen=True)
class Done:
    """What came of a repair, as a sentence for the person."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Repair:
    """The button of a check. `preview` changes nothing; `apply` does and says what came of it.

    `apply` gets the fingerprint that the person saw. `is_under_way` tells that a worker still carries it out: the
    check is asked again after that. `undo` is the address where it is taken back, when it can be.
    """

    label: Text
    preview: Callable[[Context], Preview]
    apply: Callable[[Context, HttpRequest, str], Done]
    role: Role = Role.ADMIN
    is_under_way: Callable[[Context], bool] = lambda _context: False
    undo: Callable[[Context], str] = lambda _context: ""


@dataclass(frozen=True)
class Check:
    """A question that is asked live. `symptom`, `meaning` and `mending` are its help.

    `rows` are the numbers of the troubleshooting scenarios that it answers. `scopes`: "" the account, else the
    kinds of subject. Checks of one `chain` are steps: after a problem the rest is not asked.
    """

    id: str
    family: str
    question: Text
    symptom: Text
    meaning: Text
    mending: Text
    run: Callable[[Context], Finding]
    rows: tuple[int, ...] = ()
    scopes: tuple[str, ...] = (ACCOUNT,)
    chain: str = ""
    repair: Repair | None = None
    # Where the next step is taken when no button can: an address here.
    place: Callable[[], str] | None = None


FAMILIES: tuple[Family, ...] = (
    Family("credentials", gettext_lazy("Credentials")),
    Family("path", gettext_lazy("The way of a reply")),
    Family("handoffs", gettext_lazy("Handoffs")),
    Family("replies", gettext_lazy("Replies to contacts")),
    Family("contacts", gettext_lazy("Contacts")),
    Family("ai_fields", gettext_lazy("AI fields")),
    Family("knowledge", gettext_lazy("Knowledge")),
    Family("assist", gettext_lazy("Assist")),
    Family("limits", gettext_lazy("Limits")),
    Family("parts", gettext_lazy("Parts of this program")),
)
Describe = Callable[[Organization, str], tuple[str, str] | None]
_checks: dict[str, Check] = {}
_describers: dict[str, Describe] = {}


def register(checks: Iterable[Check]) -> None:
    """Add checks, in the order in which they are asked. For `AppConfig.ready`."""
    for check in checks:
        _checks[check.id] = check


def register_subject(kind: str, describe: Describe) -> None:
    """Say what a subject of this kind is: (title, address) of the id in the organization, None for an unknown id."""
    _describers[kind] = describe


def describe(organization: Organization, subject: Subject) -> tuple[str, str] | None:
    """Title and address of what a run is about; None when nothing of the organization has that id."""
    look = _describers.get(subject.kind)
    return look(organization, subject.ref) if look and subject.ref else None


def find(check_id: str) -> Check | None:
    """The check with this id."""
    return _checks.get(check_id)


def list_checks(subject: Subject | None = None, part: str = "") -> list[Check]:
    """The checks of a scope by family, in the order of the flow; `part` is a family's or one check's id.

    Without a subject: all of them, whatever their scope.
    """
    order = {family.id: at for at, family in enumerate(FAMILIES)}
    found = [check for check in _checks.values() if subject is None or subject.kind in check.scopes]
    if part:
        found = [check for check in found if part in (check.family, check.id)]
    return sorted(found, key=lambda check: order[check.family])


def ask(check: Check, context: Context) -> Finding:
    """Ask one check now, and keep its answer in the context. Never raises for what the outside answers."""
    finding = replace(_ask(check, context), id=check.id, question=str(check.question))
    if check.place and not finding.link and finding.verdict not in ("ok", "skipped"):
        finding = replace(finding, link=check.place())
    context.findings[check.id] = finding
    return finding


def _ask(check: Check, context: Context) -> Finding:
    failed = _failed_before(check, context)
    if failed is not None:
        return skipped(_("not asked: “%(question)s” comes first") % {"question": failed.question})
    try:
        return check.run(context)
    except Unauthorized as error:
        fix = _("Verify the credentials under Settings › Integrations › Zendesk.")
        return problem(error.sentence, HERE, fix, answered=str(error.status or ""))
    except ProviderError as error:
        return unknown(error.sentence, "zendesk" if error.status is None or error.status >= 429 else HERE)
    except Undecryptable as error:
        fix = _("Restore CREDENTIALS_KEYS, or enter the secret again in the settings.")
        return problem(str(error), HERE, fix)
    except Exception:
        log.exception("the check %s met an error", check.id)
        return unknown(_("It could not be carried out; the log tells more."), US)


def _failed_before(check: Check, context: Context) -> Finding | None:
    if not check.chain:
        return None
    steps = [
        found for found in context.findings.values() if (one := _checks.get(found.id)) and one.chain == check.chain
    ]
    return next((found for found in steps if found.verdict == PROBLEM), None)
