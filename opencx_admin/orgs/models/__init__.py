from opencx_admin.orgs.models.audit import AuditEntry
from opencx_admin.orgs.models.heartbeat import Heartbeat
from opencx_admin.orgs.models.keys import ApiKey
from opencx_admin.orgs.models.people import Membership, Organization, Role, User

__all__ = ["ApiKey", "AuditEntry", "Heartbeat", "Membership", "Organization", "Role", "User"]
