"""Lenient reading of a subdomain (contract 10)."""

from __future__ import annotations

import pytest

from integrations.subdomain import NoSubdomain, read_subdomain


@pytest.mark.parametrize(
    "text",
    [
        "acme",
        "ACME ",
        "\tacme\n",
        "acme.zendesk.com",
        "Acme.Zendesk.com/",
        "https://acme.zendesk.com",
        "https://acme.zendesk.com/agent",
        "http://acme.zendesk.com/agent/tickets/5?x=1#top",
        "https://acme.zendesk.com?locale=1",
    ],
)
def test_what_means_acme_is_read_as_acme(text: str) -> None:
    assert read_subdomain(text) == "acme"


@pytest.mark.parametrize("text", ["a", "a1", "acme-support", "4acme", "x" * 63])
def test_a_plain_label_is_kept(text: str) -> None:
    assert read_subdomain(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "acme.com",
        "https://acme",
        "acme.zendesk.co",
        "acme.zendesk.com.evil.example",
        "acme.zendesk.com@evil.example",
        "user@acme.zendesk.com",
        "https://acme:secret@evil.zendesk.com",
        "acme.zendesk.com:8443",
        "ftp://acme.zendesk.com",
        "//acme.zendesk.com",
        "a.b.zendesk.com",
        "acme/agent",
        "-acme",
        "acme-",
        "ac_me",
        "ac me",
        "acme\nevil",
        "acme.zendesk.com/\nevil",
        "{subdomain}",
        "../acme",
        "x" * 64,
        "ａcme",
        "\u212aelvin",
        "acme\x00",
        "127.0.0.1",
        "[::1]",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(NoSubdomain):
        read_subdomain(text)
