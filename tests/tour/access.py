"""Rows of credentials, of Messaging and of the limits."""

from __future__ import annotations

from tests.tour.pages import PageError
from tests.tour.stage import Tour
from tests.tour.walk import PERSON, Row

TICKETING = "/settings/integrations/zendesk/ticketing/"
MESSAGING = "/settings/integrations/zendesk/messaging/"
BACKFILL = "/settings/ticketing/ai-fields/backfill/"
PHONE = "+447700900777"


def save(tour: Tour, path: str, *, drop: str = "", **typed: str) -> str:
    """“Verify & Save” on a tab of the settings. Raises `PageError` when it is refused."""
    page = tour.visitor.press(tour.visitor.open(path), "save", drop=drop, **typed)
    if page.status != 200:
        raise PageError(f"{path} was not saved ({page.status})")
    return page.toasts


# -- 1, 18: Ticketing ------------------------------------------------------------------------------------


def replace_client_secret(tour: Tour) -> str:
    client = {**tour.desk.client, "client_secret": "acme-secret-made-anew"}
    tour.desk.set_options(oauth_clients=[client], expire_tokens=True)
    return ""


def enter_client_secret(tour: Tour) -> str:
    typed = {"subdomain": "https://acme.zendesk.com/agent", "client_secret": "acme-secret-made-anew"}
    said = save(tour, TICKETING, auth_method="oauth", **typed)
    return f"entered the new client secret, with a whole address as subdomain: {said}"


def use_token(tour: Tour) -> str:
    email, token = tour.desk.credentials[0].removesuffix("/token"), tour.desk.credentials[1]
    save(tour, TICKETING, auth_method="api_token", email=email, api_token=token)
    return ""


def use_oauth(tour: Tour) -> str:
    typed = {"client_id": "acme-client", "client_secret": "acme-secret-made-anew"}
    return f"chose OAuth in place: {save(tour, TICKETING, auth_method='oauth', **typed)}"


# -- 2, 13, 14, 15, 16: Messaging ------------------------------------------------------------------------


def replace_key(tour: Tour, secret: str) -> None:
    keys = tour.desk.sunshine()["keys"]
    tour.kept.setdefault("keys", keys)
    tour.desk.sunshine(keys=[{**key, "secret": secret} if key["scope"] == "app" else key for key in keys])


def replace_key_secret(tour: Tour) -> str:
    replace_key(tour, "acme-sunshine-made-anew")
    return ""


def enter_key_secret(tour: Tour) -> str:
    integration = next(key for key in tour.desk.sunshine()["keys"] if key["scope"] == "integration")
    refused = tour.visitor.press(
        tour.visitor.open(MESSAGING), "save", key_id=integration["id"], secret=integration["secret"]
    )
    said = save(tour, MESSAGING, secret="acme-sunshine-made-anew")
    return (
        f"an Integration key is refused before any request ({refused.status}); entered the App key’s new secret: {said}"
    )


def fall_back(tour: Tour) -> str:
    replace_key(tour, "revoked")
    tour.hand_off("tour-13", channel="whatsapp", phone=PHONE)
    return ""


def allow_key(tour: Tour) -> str:
    replace_key(tour, "acme-sunshine-made-anew")
    return "gave the key back in Zendesk"


def allow_key_again(tour: Tour) -> None:
    allow_key(tour)


def tell_chat(tour: Tour, session_id: str, **contact: str) -> str:
    """The next WhatsApp handoff becomes a chat, and what an agent writes there comes back."""
    found = tour.hand_off(session_id, channel="whatsapp", **contact)["ticketing_system"]
    if found["id_type"] != "conversation_id":
        raise PageError(f"{session_id} became {found['id_type']} {found['external_id']}")
    tour.desk.agent_reply(found["external_id"], "Hello from the Agent Workspace.")
    tour.wait_for(lambda: tour.went_out(session_id, "Hello from the Agent Workspace."), "the agent’s message")
    return "the next WhatsApp handoff is a chat, and the platform got what an agent wrote in it"


def unsubscribe(tour: Tour) -> str:
    about = tour.desk.sunshine()
    hook = next(one for one in about["webhooks"] if "conversation:message" in one["triggers"])
    path = f"integrations/{hook['integrationId']}/webhooks/{hook['id']}"
    answer = tour.desk.sc("PATCH", path, json={"triggers": ["conversation:remove"]})
    answer.raise_for_status()
    return ""


def stop_looking_up(tour: Tour) -> str:
    save(tour, MESSAGING, drop="use_ticketing_credentials", auth_method="oauth")
    tour.hand_off("tour-15", channel="whatsapp", phone="+447700900778", email="")
    return ""


def take_multi_conversations(tour: Tour) -> str:
    tour.hand_off("tour-16", channel="whatsapp", id="ct-tour-16", phone="+447700900779")
    tour.desk.sunshine(multi_conversations=False)
    tour.hand_off("tour-16-again", channel="whatsapp", id="ct-tour-16", phone="+447700900779")
    return ""


def tell_second_chat(tour: Tour) -> str:
    give_multi_conversations(tour)
    told = tell_chat(tour, "tour-16-more", id="ct-tour-16", phone="+447700900779")
    return f"turned on in Zendesk by hand: {told}"


def give_multi_conversations(tour: Tour) -> None:
    tour.desk.sunshine(multi_conversations=True)


# -- 17: too many ----------------------------------------------------------------------------------------


def refuse_as_many(tour: Tour) -> str:
    """A handoff is refused once; then a backfill begins, and nothing is read or written for it."""
    tour.desk.fault("429", method="POST", path="/api/v2/tickets", seconds=2)
    tour.kept["number"] = tour.ticket("tour-17")
    tour.desk.fault("429", path="/api/v2/tickets/*", times=None, seconds=3)
    tour.visitor.press(tour.visitor.open(BACKFILL), "start")
    return ""


def tell_link(tour: Tour) -> str:
    return f"the handoff that was refused went by itself: ticket #{tour.kept['number']}"


ROWS = (
    Row(1, "“Failed to verify credentials”: the client was revoked", "ticketing.authenticated", replace_client_secret,
        by_hand=enter_client_secret, mends=PERSON),
    Row(2, "“Failed to verify credentials” in Messaging: another key", "messaging.authenticated", replace_key_secret,
        by_hand=enter_key_secret, mends=PERSON),
    Row(13, "A WhatsApp handoff makes a ticket, not a chat", "handoffs.fallbacks", fall_back,
        by_hand=allow_key, repair="messaging.connected",
        proof=lambda tour: tell_chat(tour, "tour-13-again", phone=PHONE), restore=allow_key_again),
    Row(14, "A reply in the Agent Workspace doesn’t reach WhatsApp", "messaging.webhook", unsubscribe,
        proof=lambda tour: tell_chat(tour, "tour-14", phone="+447700900780")),
    Row(15, "A second contact for one WhatsApp number", "contacts.joined", stop_looking_up,
        repair="messaging.support_api"),
    Row(16, "A session never reaches the Agent Workspace", "messaging.multi_conversations", take_multi_conversations,
        mends=PERSON, proof=tell_second_chat, restore=give_multi_conversations),
    Row(17, "Slow, or over the limits", "limits.throttled", refuse_as_many, repair="limits.backfill", proof=tell_link,
        restore=lambda tour: tour.desk.heal()),
    Row(18, "The credential is about to die", "credentials.lasting", use_token, by_hand=use_oauth, mends=PERSON),
)  # fmt: skip
