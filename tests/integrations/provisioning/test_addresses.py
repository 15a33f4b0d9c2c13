"""Our own addresses in what Zendesk tells."""

from __future__ import annotations

import pytest

from integrations.models import WebhookEndpoint
from integrations.provisioning.addresses import Addresses
from opencx_admin.orgs.models import Organization

pytestmark = pytest.mark.django_db


def test_an_address_is_known_however_it_is_written(org: Organization) -> None:
    endpoint = WebhookEndpoint.current(org)
    addresses, url = Addresses(org), endpoint.url
    path = url.partition("://")[2].partition("/")[2]
    for written in (url, f" {url} ", f"{url}/", f"{url}?from=zendesk", f"HTTPS://Desk.Example.com/{path}"):
        assert addresses.find(written) == endpoint
    for other in ("", None, 17, "https://[broken", f"{url}x", url[:-1], "https://desk.example.com/"):
        assert addresses.find(other) is None


def test_another_organizations_address_is_a_strangers(org: Organization, other_org: Organization) -> None:
    assert Addresses(org).find(WebhookEndpoint.current(other_org).url) is None


def test_sunshines_address_is_none_of_zendesks(org: Organization) -> None:
    url = WebhookEndpoint.current(org, "sunshine").url
    assert Addresses(org).find(url) is None
    assert Addresses(org).find(url, "sunshine") is not None


def test_hidden_is_without_tokens_tells_addresses_apart_and_can_be_undone(org: Organization) -> None:
    old = WebhookEndpoint.current(org)
    WebhookEndpoint.objects.update(is_current=False)
    new = WebhookEndpoint.current(org)
    addresses = Addresses(org)
    fields = {"endpoint": old.url, "others": [new.url, {"deep": f"see {old.url}"}], "n": 1, "none": None}
    hidden = addresses.hide(fields)
    assert old.token.reveal() not in repr(hidden)
    assert new.token.reveal() not in repr(hidden)
    assert hidden["endpoint"] != hidden["others"][0]
    assert addresses.unhide(hidden) == fields


def test_a_strangers_url_is_shown_without_user_and_query(org: Organization) -> None:
    addresses = Addresses(org)
    url = "https://ops:secret@elsewhere.example/hook?key=secret#part"
    assert addresses.show({"endpoint": url, "name": "What?"}) == {
        "endpoint": "https://elsewhere.example/hook?…",
        "name": "What?",
    }
