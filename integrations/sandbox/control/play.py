"""Playing the agent and the end user, without a browser."""

from integrations.sandbox.control.accounts import find_account
from integrations.sandbox.control.guard import ControlError, Json, control
from integrations.sandbox.desk import actions
from integrations.sandbox.store import writing
from integrations.sandbox.sunshine import actions as chat_actions

ACTIONS = {**actions.ACTIONS, **chat_actions.ACTIONS}


@control("POST")
def play(said: Json, subdomain: str) -> Json:
    """``{"action", "ticket_id", …}``; see ``ACTIONS``."""
    account = find_account(subdomain)
    action = ACTIONS.get(said["action"])
    if action is None:
        raise ControlError(f"no action {said['action']}; there are {sorted(ACTIONS)}")
    with writing():
        return action(account, said)
