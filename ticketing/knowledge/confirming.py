"""The questions before an act on a source that is felt: rebuild, remove, let go what is missing."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opencx_admin.orgs.components import Action, Confirm
from opencx_admin.orgs.templatetags.look import count as say
from ticketing.knowledge.showing import count_articles
from ticketing.knowledge.sources import open_question
from ticketing.models import KnowledgeSource


def ask_first(source: KnowledgeSource, what: str) -> Confirm | None:
    """The question before `rebuild`, `remove`, `accept_sweep` or `accept_rebuild`; None for anything else."""
    questions = {"rebuild": _rebuild, "remove": _remove, "accept_sweep": _accept, "accept_rebuild": _accept}
    make = questions.get(what)
    return make(source) if make else None


def _rebuild(source: KnowledgeSource) -> Confirm:
    here = reverse("data-sources")
    return Confirm(
        title=_("Rebuild the copy of the Help Center?"),
        parts=[
            ("", _("Every article is read again into a new copy beside this one.")),
            ("", _("The old copy answers until the new one is whole, then it takes its place in one moment.")),
            ("", _("About one call to Zendesk for each hundred articles, in the low lane of the rate budget.")),
        ],
        action=Action(_("Rebuild the copy"), here, value="rebuild"),
        back_url=here,
    )


def _remove(source: KnowledgeSource) -> Confirm:
    here, count = reverse("data-sources"), count_articles(source).live
    deleted = ngettext("%(n)s article is deleted here.", "%(n)s articles are deleted here.", count) % {"n": count}
    return Confirm(
        title=_("Remove the Help Center from the data sources?"),
        parts=[
            ("", deleted),
            ("", _("The AI answers contacts and drafts for agents without them from then on.")),
            ("", _("Zendesk’s Help Center stays as it is.")),
        ],
        note=_("Adding it again reads every article anew."),
        action=Action(_("Remove the source"), here, value="remove"),
        back_url=here,
        is_final=True,
    )


def _accept(source: KnowledgeSource) -> Confirm | None:
    here, run = reverse("data-sources"), open_question(source)
    if run is None:
        return None
    words = {"n": say(run.missing), "of": say(run.missing_of)}
    if run.kind == run.Kind.REBUILD:
        return Confirm(
            title=_("Take a copy that lacks %(n)s of %(of)s articles?") % words,
            parts=[
                ("", _("Every article is read once more; what Zendesk lists then is the new copy.")),
                ("", _("What it does not list is no longer found, by contacts or agents.")),
            ],
            note=_("The old copy is deleted afterwards."),
            action=Action(_("Take the smaller copy"), here, value="accept_rebuild"),
            back_url=here,
            is_final=True,
        )
    return Confirm(
        title=_("Withdraw the articles that are gone?"),
        parts=[
            ("", _("Zendesk’s list is read once more; %(n)s of %(of)s were missing last time.") % words),
            ("", _("Each missing one is asked for by its number. What answers stays, what is gone is withdrawn.")),
        ],
        note=_("An article that comes back in Zendesk comes back here with the next look."),
        action=Action(_("Withdraw what is gone"), here, value="accept_sweep"),
        back_url=here,
        is_final=True,
    )
