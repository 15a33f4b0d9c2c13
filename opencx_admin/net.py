"""The outbound guard: only public hosts, or those of `OUTBOUND_ALLOW_HOSTS`, and never a redirect.

The address is checked where the socket is opened and the socket goes to the very address that was
checked, so a name that resolves differently a moment later reaches nothing (DNS rebinding).
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import time
import weakref
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError


class ForbiddenAddress(Exception):
    """The host is on a private, loopback or otherwise special network and not on the allow list."""


def _addresses(host: str, port: int) -> list[tuple[int, str]]:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761: always loopback, no look-up
        host = "localhost"
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, str(address[0])) for family, _type, _proto, _name, address in found]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.is_site_local:
            return False
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def allowed_addresses(host: str, port: int, allow: frozenset[str]) -> list[tuple[int, str]]:
    """Resolve `host` and keep the addresses we may call. Raises `ForbiddenAddress` or `OSError`."""
    found = _addresses(host, port)
    kept = [(family, ip) for family, ip in found if host.lower() in allow or ip in allow or _is_public(ip)]
    if not kept:
        raise ForbiddenAddress(host)
    return kept


def check_url(url: str, allow: frozenset[str], schemes: tuple[str, ...] = ("https", "http")) -> None:
    """Refuse a URL that outbound calls may not reach, when it is saved.

    Raises `ForbiddenAddress` for a private host and `ValueError` for what is no such URL. A public name
    that does not resolve right now passes: the call itself checks again.
    """
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
        raise ValueError(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        allowed_addresses(parts.hostname, port, allow)
    except OSError:
        if "." not in parts.hostname:
            raise ForbiddenAddress(parts.hostname) from None


def unresolved_name(url: str) -> str:
    """The host of a checked URL when it has no address right now, else the empty text."""
    host = urlsplit(url).hostname or ""
    try:
        _addresses(host, 443)
    except OSError:
        return host
    return ""


def _connect(connection: HTTPConnection, allow: frozenset[str]) -> socket.socket:
    host, port = connection.host, connection.port
    wait = connection.timeout if isinstance(connection.timeout, int | float) else 5.0
    end = time.monotonic() + wait
    last: OSError = TimeoutError("no time left")
    try:
        candidates = allowed_addresses(host, port or 80, allow)
    except OSError as error:
        raise NewConnectionError(connection, f"The name {host} does not resolve: {error}") from error
    for family, ip in candidates:
        if (left := end - time.monotonic()) <= 0:  # the time is for all addresses together
            break
        channel = socket.socket(family, socket.SOCK_STREAM)
        try:
            channel.settimeout(left)
            channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            channel.connect((ip, port))
        except OSError as error:
            channel.close()
            last = error
        else:
            channel.settimeout(wait)
            return channel
    if isinstance(last, TimeoutError):
        raise ConnectTimeoutError(connection, f"No address of {host} answers in time")
    raise NewConnectionError(connection, f"No address of {host} accepts a connection: {last}")


class GuardedAdapter(HTTPAdapter):
    """A requests adapter whose sockets go only where the guard allows."""

    def __init__(self, allow: frozenset[str], pool_size: int = 8) -> None:
        self.allow = allow
        self.opened: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        allow, opened = self.allow, self.opened

        class GuardedHTTP(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                opened.add(self)
                return _connect(self, allow)

        class GuardedHTTPS(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                opened.add(self)
                return _connect(self, allow)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = GuardedHTTP

        class TLSPool(HTTPSConnectionPool):
            ConnectionCls = GuardedHTTPS

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TLSPool}

    def hang_up(self) -> None:
        """End what is under way, from any thread: who waits on a socket of this session gets an error."""
        for connection in list(self.opened):
            channel = connection.sock
            if channel is not None:
                with contextlib.suppress(OSError):  # it is closed by now
                    socket.socket.shutdown(channel, socket.SHUT_RDWR)


class StayingSession(requests.Session):
    """A session to which a redirect is an answer like any other.

    Even told not to follow, requests prepares the next request: it reads the whole body for that, and stumbles
    over an odd Location.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def guarded_session(allow: frozenset[str]) -> requests.Session:
    """A session that obeys the guard, ignores proxies of the environment and follows no redirect."""
    session = StayingSession()
    session.trust_env = False
    adapter = GuardedAdapter(allow)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
