"""Is the user with the default agent's id an agent? Asked after Verify, before saving.

Source: https://developer.zendesk.com/api-reference/ticketing/users/users/#show-user
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from integrations.clients.auth import BearerAuth, TokenAuth
from integrations.clients.errors import NotFound, ProviderError
from integrations.clients.http import Observe
from integrations.clients.zendesk import ZendeskClient
from integrations.models import ZendeskConnection
from integrations.report import Report
from integrations.verify import IN_A_PAGE, Candidate
from opencx_admin.net import guarded_session

END_USER = "end-user"


def refuse_agent(candidate: Candidate, report: Report, agent_id: int, observe: Observe) -> str:
    """Why tickets cannot go to this user, when Zendesk clearly says so; else, also when it cannot tell, empty."""
    if report.identity is not None and report.identity.id == agent_id:
        return ""
    auth = BearerAuth(report.token.text) if report.token else TokenAuth(candidate.email, candidate.secret.reveal())
    base_url = ZendeskConnection(subdomain=report.subdomain).base_url
    return judge_agent(
        ZendeskClient(base_url, auth, guarded_session(settings.OUTBOUND_ALLOW_HOSTS), observe, IN_A_PAGE), agent_id
    )


def judge_agent(client: ZendeskClient, agent_id: int) -> str:
    """Why tickets cannot go to this user, when Zendesk clearly says so; else, also when it cannot tell, empty."""
    try:
        user = client.user(agent_id)
    except NotFound as error:
        return _("Zendesk knows no user %(id)s.") % {"id": agent_id} if error.is_record else ""
    except ProviderError:
        return ""
    if user.id != agent_id:
        return ""
    words = {"name": user.name or agent_id}
    if user.role == END_USER:
        return _("%(name)s is no agent; tickets go to agents only.") % words
    return "" if user.is_active else _("%(name)s was deleted in Zendesk.") % words
