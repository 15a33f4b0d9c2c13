"""Where things stand in Zendesk's Admin Center."""

from __future__ import annotations

from integrations.models import ObjectKind, SunshineConnection, ZendeskConnection

PAGES = {
    ObjectKind.WEBHOOK: "/admin/apps-integrations/webhooks/webhooks",
    ObjectKind.REPLY_TRIGGER: "/admin/objects-rules/rules/triggers",
    ObjectKind.STATUS_TRIGGER: "/admin/objects-rules/rules/triggers",
    ObjectKind.ASSIST_TRIGGER: "/admin/objects-rules/rules/triggers",
    ObjectKind.VIEW: "/admin/workspaces/agent-workspace/views",
    ObjectKind.SUNSHINE_WEBHOOK: "/admin/apps-integrations/integrations/conversations-integrations",
}


def link(connection: ZendeskConnection | SunshineConnection, kind: ObjectKind, external_id: str = "") -> str:
    """The page of one object; of its list when it is not there yet."""
    base = ZendeskConnection(subdomain=connection.subdomain).base_url
    page = base + PAGES[kind]
    if not external_id or kind == ObjectKind.SUNSHINE_WEBHOOK:
        return page
    return f"{page}/{external_id}/details" if kind == ObjectKind.WEBHOOK else f"{page}/{external_id}"
