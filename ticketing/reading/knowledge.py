"""The Help Center's copy among what needs a person."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from opencx_admin.orgs.components import Action, ActRow, Mark
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.times import moment_text
from ticketing.knowledge.showing import warn
from ticketing.models import KnowledgeSource


def list_knowledge_actions(organization: Organization) -> Iterator[ActRow]:
    """A source that cannot be read, or that asks what became of missing articles."""
    here = reverse("data-sources")
    for source in KnowledgeSource.objects.filter(organization=organization):
        banner = warn(source, may_act=True)
        if banner is None:
            continue
        meta = _("no article was read yet")
        if source.synced_at:
            meta = _("the articles were last read %(when)s") % {"when": moment_text(source.synced_at)}
        open_it = Action(_("Open data sources"), here)
        yield ActRow(Mark(banner.value), banner.title, here, meta, banner.owner, open_it)
