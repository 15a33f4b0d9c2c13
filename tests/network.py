"""The network is closed in tests, but for this machine: what reaches further fails with the host's name."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest


class NetworkClosed(OSError):
    """A test reached for a host outside this machine."""


def _is_here(host: str) -> bool:
    if host in ("", "localhost") or host.endswith(".localhost"):
        return True
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return ip.is_loopback or ip.is_unspecified


def _check(address: Any) -> None:
    if isinstance(address, tuple) and not _is_here(str(address[0])):
        raise NetworkClosed(f"The network is closed in tests; something reached for {address[0]}.")


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Only loopback addresses and unix sockets connect; only numbers and localhost resolve."""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _check(address)
        return connect_ex(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or ""
        numeric = name.replace(".", "").isdigit() or ":" in name
        if not numeric and not _is_here(name):
            raise socket.gaierror(socket.EAI_NONAME, f"The network is closed in tests; {name} was looked up.")
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        yield
