"""Zendesk's own Python client for Sunshine Conversations works against the stand-in, unmodified."""

from typing import Any

import pytest

from tests.sandbox.chats import WORKSPACE
from tests.sandbox.server import Desk

sunco: Any = pytest.importorskip("sunshine_conversations_client")


@pytest.fixture
def client(desk: Desk) -> Any:
    """The library, with the App key."""
    key_id, secret = desk.sunshine_key()
    return sunco.ApiClient(sunco.Configuration(host=f"{desk.url}/sc", username=key_id, password=secret))


@pytest.fixture
def chat(desk: Desk, client: Any) -> str:
    """A conversation made through it."""
    profile = sunco.Profile(given_name="Bob", email="bob@example.com")
    sunco.UsersApi(client).create_user(desk.app_id, sunco.UserCreateBody(external_id="c1", profile=profile))
    who = sunco.ParticipantSubSchema(sunco.ParticipantWithUserExternalId(user_external_id="c1"))
    said = sunco.ConversationCreateBody(type="personal", participants=[who], metadata={"opencx_session_id": "s1"})
    return str(sunco.ConversationsApi(client).create_conversation(desk.app_id, said).conversation.id)


def text(words: str) -> Any:
    """A text, as the library writes it."""
    return sunco.Content(sunco.TextMessage(type="text", text=words))


def test_the_app_is_read(desk: Desk, client: Any) -> None:
    app = sunco.AppsApi(client).get_app(desk.app_id).app
    assert (app.id, app.settings.multi_convo_enabled) == (desk.app_id, True)
    assert [one.id for one in sunco.AppKeysApi(client).list_app_keys(desk.app_id).keys] == [desk.sunshine_key()[0]]


def test_a_user_is_made_found_changed_and_removed(desk: Desk, client: Any, chat: str) -> None:
    users = sunco.UsersApi(client)
    with pytest.raises(sunco.exceptions.ConflictException):
        users.create_user(desk.app_id, sunco.UserCreateBody(external_id="c1"))
    made = users.get_user(desk.app_id, "c1").user
    assert (made.external_id, made.profile.given_name) == ("c1", "Bob")
    change = sunco.UserUpdateBody(profile=sunco.Profile(surname="Smith"))
    assert users.update_user(desk.app_id, made.id, change).user.profile.surname == "Smith"
    users.delete_user(desk.app_id, "c1")
    with pytest.raises(sunco.exceptions.NotFoundException):
        users.get_user(desk.app_id, "c1")


def test_conversations_are_listed_and_read(desk: Desk, client: Any, chat: str) -> None:
    api = sunco.ConversationsApi(client)
    listed = api.list_conversations(desk.app_id, sunco.ConversationListFilter(user_external_id="c1"))
    assert [one.id for one in listed.conversations] == [chat]
    found = api.get_conversation(desk.app_id, chat).conversation
    assert found.metadata == {"opencx_session_id": "s1"}
    assert found.active_switchboard_integration.integration_type == "zd:answerBot"
    people = sunco.ParticipantsApi(client).list_participants(desk.app_id, chat).participants
    assert [one.user_external_id for one in people] == ["c1"]


def test_messages_are_posted_and_paged(desk: Desk, client: Any, chat: str) -> None:
    api = sunco.MessagesApi(client)
    contact = sunco.Author(type="user", user_external_id="c1")
    api.post_message(desk.app_id, chat, sunco.MessagePost(author=contact, content=text("Hello"), metadata={"n": 1}))
    image = sunco.Content(sunco.ImageMessage(type="image", media_url="https://example.com/a.png"))
    business = sunco.Author(type="business", display_name="AI")
    last = api.post_message(desk.app_id, chat, sunco.MessagePost(author=business, content=image)).messages[0]
    said = api.list_messages(desk.app_id, chat).messages
    assert [one.content.actual_instance.type for one in said] == ["text", "image"]
    earlier = api.list_messages(desk.app_id, chat, page=sunco.Page(before=last.id))
    assert [one.metadata for one in earlier.messages] == [{"n": 1}]
    typing = sunco.ActivityPost(author=sunco.Author(type="business"), type="typing:start")
    sunco.ActivitiesApi(client).post_activity(desk.app_id, chat, typing)


def test_control_is_passed_and_released(desk: Desk, client: Any, chat: str) -> None:
    board = sunco.SwitchboardsApi(client).list_switchboards(desk.app_id).switchboards[0]
    seats = sunco.SwitchboardIntegrationsApi(client).list_switchboard_integrations(desk.app_id, board.id)
    target = next(one.id for one in seats.switchboard_integrations if one.integration_type == WORKSPACE)
    api = sunco.SwitchboardActionsApi(client)
    order = sunco.PassControlBody(switchboard_integration=target, metadata={"dataCapture.systemField.tags": "a,b"})
    api.pass_control(desk.app_id, chat, order)
    assert desk.tickets()[0]["tags"] == ["a", "b"]
    api.release_control(desk.app_id, chat, sunco.ReleaseControlBody())
    assert desk.conversations()[0]["control"] is None


def test_an_integration_with_a_webhook_is_made_moved_and_removed(desk: Desk, client: Any) -> None:
    api = sunco.IntegrationsApi(client)
    hook = sunco.Webhook(target="https://example.com/a", triggers=["conversation:message"], include_full_user=True)
    made = api.create_integration(desk.app_id, sunco.Custom(type="custom", display_name="OpenCX", webhooks=[hook]))
    own = api.list_integrations(desk.app_id, filter=sunco.IntegrationListFilter(types="custom")).integrations
    assert [one.id for one in own] == [made.integration.id]
    hooks = sunco.WebhooksApi(client)
    first = hooks.list_webhooks(desk.app_id, made.integration.id).webhooks[0]
    assert first.secret
    moved = sunco.WebhookBody(target="https://example.com/b")
    assert hooks.update_webhook(desk.app_id, made.integration.id, first.id, moved).webhook.target.endswith("/b")
    api.delete_integration(desk.app_id, made.integration.id)
    assert desk.sunshine()["webhooks"] == []


def test_a_file_is_uploaded(desk: Desk, client: Any) -> None:
    made = sunco.AttachmentsApi(client).upload_attachment(desk.app_id, "public", source=("a.txt", b"hello"))
    assert made.attachment.media_type == "text/plain"


def test_a_wrong_key_is_refused(desk: Desk) -> None:
    stranger = sunco.ApiClient(sunco.Configuration(host=f"{desk.url}/sc", username="app_x", password="wrong"))
    with pytest.raises(sunco.exceptions.UnauthorizedException):
        sunco.AppsApi(stranger).get_app(desk.app_id)
