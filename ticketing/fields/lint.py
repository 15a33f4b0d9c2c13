"""Is a description clear enough to fill a field by? What is vague about it, and what would make it better. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ticketing.ai.engine import FieldSpec, FieldType

SHORTEST = 25
FEWEST_WORDS = 5
# Above this nobody writes a line for each option; their names must speak for themselves.
MOST_NAMED = 40
SHOWN = 3
LISTED = (FieldType.DROPDOWN, FieldType.MULTISELECT)
CRITERION = re.compile(
    r"\b(when|whenever|if|because|asks?|asked|wants?|wanted|says?|mentions?|reports?|complains?|only|unless|must|about"
    r"|concerns?|names?|gives?|written|for example|such as|like|e\.g|wenn|falls|möchte|fragt|quand|lorsque|si|cuando)\b"
    r"|[:=→]",
    re.IGNORECASE,
)
DOUBT = re.compile(
    r"\b(otherwise|else|unclear|not clear|in doubt|not sure|unsure|blank|empty|none of|no other|several|both|ambiguous"
    r"|sonst|leer|unklar|sinon|vide)\b",
    re.IGNORECASE,
)
EXAMPLE = re.compile(
    r"\d|[“”\"']|\b(example|such as|like|e\.g|form|format|looks|begins|starts|digits|letters)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Remark:
    """Something vague: what is wrong, and what would make it better. A tip when it works without, too."""

    code: str
    text: str
    better: str
    is_tip: bool = False


def lint(field: FieldSpec) -> list[Remark]:
    """What is vague about the description; nothing when it is clear."""
    text = " ".join(field.description.split())
    if not text:
        return [_empty(field)]
    short = _short(field, text) or _repeats(field, text)
    if short is not None:
        return [short]
    remarks = [_options(field, text)] if field.type in LISTED else []
    remarks += [_criterion(field, text), _example(field, text), _doubt(field, text)]
    return [remark for remark in remarks if remark is not None]


def is_vague(remarks: list[Remark]) -> bool:
    """True when more than tips were found."""
    return any(not remark.is_tip for remark in remarks)


def _empty(field: FieldSpec) -> Remark:
    return Remark("empty", _("There is no description: only the title tells what belongs here."), _suggest(field))


def _short(field: FieldSpec, text: str) -> Remark | None:
    if len(text) >= SHORTEST and len(text.split()) >= FEWEST_WORDS:
        return None
    return Remark("too_short", _("Too short to decide by."), _suggest(field))


def _repeats(field: FieldSpec, text: str) -> Remark | None:
    said = {word for word in re.findall(r"\w+", text.lower()) if word not in {"the", "a", "of", "field", "this", "is"}}
    if said and said <= set(re.findall(r"\w+", field.title.lower())):
        return Remark(
            "repeats_title", _("It only repeats the title."), _("Say when a value fits, not what it is called.")
        )
    return None


def _options(field: FieldSpec, text: str) -> Remark | None:
    """Options that the description does not name."""
    if len(field.options) > MOST_NAMED:
        return None
    missing = [o.name for o in field.options if not _names(text, o.name) and not _names(text, o.value)]
    if not missing:
        return None
    shown = " ".join(_("“%(name)s: when …”") % {"name": name} for name in missing[:SHOWN])
    better = _("One line for each option: %(lines)s") % {"lines": shown}
    if len(missing) == len(field.options):
        return Remark("no_options", _("It names none of the options."), better)
    text = ngettext(
        "It does not name %(n)s of %(all)s options.", "It does not name %(n)s of %(all)s options.", len(missing)
    )
    return Remark("options_missing", text % {"n": len(missing), "all": len(field.options)}, better)


def _names(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE) is not None


def _criterion(field: FieldSpec, text: str) -> Remark | None:
    if CRITERION.search(text):
        return None
    better = _("Say what the contact must have written for it: “when the contact asks …”.")
    return Remark("no_criterion", _("It does not say when a value fits."), better)


def _example(field: FieldSpec, text: str) -> Remark | None:
    if field.type in LISTED or field.type == FieldType.CHECKBOX or EXAMPLE.search(text):
        return None
    examples: dict[str, str] = {
        FieldType.DATE: _("“the day the parcel arrived, such as 2026-11-23”"),
        FieldType.INTEGER: _("“how many pieces, such as 3”"),
        FieldType.DECIMAL: _("“the amount paid, such as 49.90”"),
    }
    example = examples.get(field.type, _("“the order number, such as A-10234”"))
    better = _("Show one value: %(example)s.") % {"example": example}
    return Remark(
        "no_example", _("It shows no value."), better, is_tip=field.type in (FieldType.REGEXP, FieldType.TEXTAREA)
    )


def _doubt(field: FieldSpec, text: str) -> Remark | None:
    if field.type not in LISTED or DOUBT.search(text):
        return None
    better = _("Say what to do when two options fit or none does: “Leave blank when unclear.”")
    return Remark("no_doubt_rule", _("It does not say what to do in doubt."), better, is_tip=True)


def _suggest(field: FieldSpec) -> str:
    """A beginning to go on from."""
    if field.type in LISTED and field.options:
        lines = " ".join(_("“%(name)s: when …”") % {"name": option.name} for option in field.options[:SHOWN])
        return _("Write one line for each option: %(lines)s") % {"lines": lines}
    if field.type == FieldType.CHECKBOX:
        return _("Say when it is ticked: “Tick when the contact asks for a refund.”")
    if field.type == FieldType.DATE:
        return _("Say which date: “The day the contact says the parcel arrived, such as 2026-11-23.”")
    return _("Say what to look for and how it looks: “The order number, such as A-10234.”")
