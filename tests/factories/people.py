"""People, organizations, keys."""

from __future__ import annotations

from functools import lru_cache

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from opencx_admin.crypto import fingerprint
from opencx_admin.orgs.models import ApiKey, AuditEntry, Heartbeat, Membership, Organization, Role, User
from tests.factories.base import RowFactory

PASSWORD = "correct horse battery staple"


@lru_cache(maxsize=1)
def hashed_password() -> str:
    """`PASSWORD`, hashed once: hashing is slow on purpose."""
    return make_password(PASSWORD)


class OrganizationFactory(RowFactory[Organization]):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n}")
    slug = factory.Sequence(lambda n: f"organization-{n}")


class UserFactory(RowFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.LazyFunction(hashed_password)


class MembershipFactory(RowFactory[Membership]):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.VIEWER


class ApiKeyFactory(RowFactory[ApiKey]):
    """`text` is what the platform sends; only its hash is stored."""

    class Meta:
        model = ApiKey

    class Params:
        text = factory.Sequence(lambda n: f"ocx_key-number-{n}")

    organization = factory.SubFactory(OrganizationFactory)
    name = "Platform"
    prefix = factory.LazyAttribute(lambda row: row.text[:10])
    hash = factory.LazyAttribute(lambda row: fingerprint(row.text))


class AuditEntryFactory(RowFactory[AuditEntry]):
    class Meta:
        model = AuditEntry

    organization = factory.SubFactory(OrganizationFactory)
    actor_label = "Ana"
    action = "zendesk.save"
    object_label = "acme"


class HeartbeatFactory(RowFactory[Heartbeat]):
    class Meta:
        model = Heartbeat

    name = "worker"
    beat_at = factory.LazyFunction(timezone.now)
