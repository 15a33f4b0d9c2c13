"""The people of the tests, their browsers, the platform's key, and the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from opencx_admin.orgs.models import Organization, Role, User
from tests.api_client import ApiClient
from tests.chromium import browser_type_launch_args  # noqa: F401  here it wins over pytest-playwright's own
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, UserFactory

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in production: threads and other processes then see one database."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        folder: Path = tmp_path_factory.mktemp("database")
        database.setdefault("TEST", {})["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture
def org(db: None) -> Organization:
    """The organization of alice, olga, lea and vera."""
    return OrganizationFactory.create(name="Acme Outfitters", slug="acme-outfitters")


@pytest.fixture
def other_org(db: None) -> Organization:
    """The organization of mallory."""
    return OrganizationFactory.create(name="Globex", slug="globex")


def _join(organization: Organization, name: str, role: Role) -> User:
    person = UserFactory.create(email=f"{name.lower()}@example.com", name=name)
    MembershipFactory.create(organization=organization, user=person, role=role)
    return person


@pytest.fixture
def olga(org: Organization) -> User:
    """Owner."""
    return _join(org, "Olga", Role.OWNER)


@pytest.fixture
def alice(org: Organization) -> User:
    """Admin."""
    return _join(org, "Alice", Role.ADMIN)


@pytest.fixture
def lea(org: Organization) -> User:
    """Lead."""
    return _join(org, "Lea", Role.LEAD)


@pytest.fixture
def vera(org: Organization) -> User:
    """Viewer."""
    return _join(org, "Vera", Role.VIEWER)


@pytest.fixture
def mallory(other_org: Organization) -> User:
    """Owner of another organization."""
    return _join(other_org, "Mallory", Role.OWNER)


def browser_of(person: User) -> Client:
    """A browser in which `person` is logged in."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_olga(olga: User) -> Client:
    return browser_of(olga)


@pytest.fixture
def as_alice(alice: User) -> Client:
    return browser_of(alice)


@pytest.fixture
def as_lea(lea: User) -> Client:
    return browser_of(lea)


@pytest.fixture
def as_vera(vera: User) -> Client:
    return browser_of(vera)


@pytest.fixture
def as_mallory(mallory: User) -> Client:
    return browser_of(mallory)


@pytest.fixture
def api(org: Organization) -> ApiClient:
    """The platform, calling for `org`."""
    ApiKeyFactory.create(organization=org, text="ocx_key-of-acme")
    return ApiClient("ocx_key-of-acme")


@pytest.fixture
def other_api(other_org: Organization) -> ApiClient:
    """The platform, calling for mallory's organization."""
    ApiKeyFactory.create(organization=other_org, text="ocx_key-of-globex")
    return ApiClient("ocx_key-of-globex")


@pytest.fixture
def plain_static_names(settings: Settings) -> None:
    """The live server answers for static files by their plain names; production's have a hash."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still at `NOW`; `clock.shift(seconds)` moves it."""
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates
