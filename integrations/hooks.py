"""Where other rooms hang in what they do after something happened here; this app never imports them.

`ticketing` appends its functions when Django starts. They run after the transaction, in the order given.
"""

from __future__ import annotations

from collections.abc import Callable

from integrations.models import SunshineConnection, ZendeskConnection

# After the saved credentials, Ticketing's or Messaging's, were verified with success: what waited for them goes on.
after_verify: list[Callable[[ZendeskConnection | SunshineConnection], None]] = []


def tell_verified(connection: ZendeskConnection | SunshineConnection) -> None:
    """Run `after_verify`."""
    for act in after_verify:
        act(connection)
