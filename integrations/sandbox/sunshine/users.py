"""``/apps/{appId}/users``."""

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json
from integrations.sandbox.desk import people
from integrations.sandbox.models import Chat, ChatMessage, Participant, Person, SunshineApp, SunshineUser
from integrations.sandbox.sunshine import events
from integrations.sandbox.sunshine.answers import bad_request, done, missing, refuse
from integrations.sandbox.sunshine.checks import merge_metadata, read_metadata, read_profile
from integrations.sandbox.sunshine.gate import Call
from integrations.sandbox.sunshine.show import show_chat_briefly, show_user

LONGEST_ID = 1024


def find_user(app: SunshineApp, name: str) -> SunshineUser:
    """By id, else by external id. Raises 404."""
    rows = SunshineUser.objects.select_related("person").filter(app=app)
    found = rows.filter(uid=name).first() or rows.filter(external_id=name).first()
    if found is None:
        raise missing("user")
    return found


def find_named(app: SunshineApp, said: Json) -> SunshineUser:
    """The user that ``userId`` or ``userExternalId`` names. Raises 400 and 404."""
    if bool(said.get("userId")) == bool(said.get("userExternalId")):
        raise bad_request("One of userId or userExternalId is required, but not both")
    rows = SunshineUser.objects.select_related("person").filter(app=app)
    by_id = rows.filter(uid=said["userId"]) if said.get("userId") else rows.filter(external_id=said["userExternalId"])
    found = by_id.first()
    if found is None:
        raise missing("user")
    return found


def create(call: Call) -> HttpResponse:
    """POST: 201, or 409 when the external id is taken."""
    said = call.body()
    external_id = read_external_id(said)
    if external_id is not None and SunshineUser.objects.filter(app=call.app, external_id=external_id).exists():
        raise refuse(409)
    user = SunshineUser.objects.create(
        app=call.app,
        external_id=external_id,
        person=people.find_by_external_id(call.app.account, external_id) if external_id else None,
        profile=read_profile(said.get("profile")),
        metadata=read_metadata(said.get("metadata")),
    )
    return done({"user": show_user(user)}, 201)


def read_external_id(said: Json) -> str | None:
    """1 to 1024 characters, or none. Raises 400."""
    value = said.get("externalId")
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_ID:
        raise bad_request(f"externalId should NOT be shorter than 1 or longer than {LONGEST_ID} characters")
    return value


def listing(call: Call) -> HttpResponse:
    """GET: by ``filter[identities.email]``, never by the profile's email."""
    email = call.arg("filter[identities.email]")
    if not email:
        raise bad_request("should have required property 'filter[identities.email]'")
    rows = SunshineUser.objects.select_related("person").filter(app=call.app).order_by("pk")
    found = [row for row in rows if email.lower() in [str(one.get("value")).lower() for one in row.identities]]
    return done({"users": [show_user(row) for row in found]})


def show(call: Call, name: str) -> HttpResponse:
    """GET by id or external id."""
    return done({"user": show_user(find_user(call.app, name))})


def update(call: Call, name: str) -> HttpResponse:
    """PATCH: what is named changes."""
    user, said = find_user(call.app, name), call.body()
    if "profile" in said:
        gone = {key for key, one in (said["profile"] or {}).items() if one is None}
        kept = {key: one for key, one in user.profile.items() if key not in gone}
        user.profile = {**kept, **read_profile(said["profile"])}
    if "metadata" in said:
        user.metadata = merge_metadata(user.metadata, said["metadata"])
    user.save()
    return done({"user": show_user(user)})


def delete(call: Call, name: str) -> HttpResponse:
    """DELETE: with all its personal conversations."""
    remove_user(find_user(call.app, name))
    return done()


def remove_user(user: SunshineUser) -> None:
    """Ends a user and its conversations, and says so."""
    for chat in Chat.objects.select_related("seat").filter(pk__in=own_chats(user)):
        events.emit(chat.app, "conversation:remove", events.Payload(chat=chat))
        chat.delete()
    events.emit(user.app, "user:remove", events.Payload(user=user))
    user.delete()


def own_chats(user: SunshineUser) -> list[int]:
    """Keys of the personal conversations of a user."""
    rows = Participant.objects.filter(user=user, chat__kind="personal").order_by("chat_id")
    return list(rows.values_list("chat_id", flat=True))


def forget(call: Call, name: str) -> HttpResponse:
    """DELETE …/personalinformation."""
    user = find_user(call.app, name)
    user.profile, user.metadata = {}, {}
    user.save(update_fields=["profile", "metadata"])
    return done({"user": {**show_user(user), "profile": {}}})


def sync(call: Call, name: str) -> HttpResponse:
    """POST …/sync: takes over name, external id and email of the Support user; merges when that one was merged."""
    person = Person.objects.filter(account=call.app.account, pk=int(name) if name.isdigit() else 0).first()
    rows = SunshineUser.objects.select_related("person").filter(app=call.app)
    user = rows.filter(person=person).first() if person is not None else None
    if person is None or user is None:
        raise missing("user")
    surviving = str(call.body().get("survivingZendeskId") or "")
    if surviving.isdigit() and int(surviving) != person.pk:
        user = follow_merge(user, int(surviving))
    return done({"user": show_user(take_over(user))})


def follow_merge(user: SunshineUser, surviving: int) -> SunshineUser:
    """Applies the merger of two Support users: into the other's messaging user, or onto the other. Raises 404."""
    winner = SunshineUser.objects.select_related("person").filter(app=user.app, person=surviving).first()
    if winner is not None:
        return merge_users(winner, user)
    person = Person.objects.filter(account=user.app.account, pk=surviving).first()
    if person is None:
        raise missing("user")
    user.person = person
    user.save(update_fields=["person"])
    return user


def take_over(user: SunshineUser) -> SunshineUser:
    """Puts the Support user's name, external id and primary email on the messaging user."""
    person = user.person
    if person is None:
        return user
    given, _sep, surname = person.name.partition(" ")
    user.profile = {**user.profile, "givenName": given, **({"surname": surname} if surname else {})}
    other = SunshineUser.objects.filter(app=user.app, external_id=person.external_id).exclude(pk=user.pk).first()
    if person.external_id and other is None:
        user.external_id = person.external_id
    if person.email:
        user.identities = [{"type": "email", "value": person.email, "verification": "sso"}]
    user.save()
    return merge_users(user, other) if person.external_id and other is not None else user


def merge_users(surviving: SunshineUser, discarded: SunshineUser) -> SunshineUser:
    """Moves the conversations of one user to another, and says so. Where a user may have but one, they are joined."""
    payload = events.Payload(surviving=surviving, discarded=discarded)
    joined = join_chats(surviving, discarded)
    events.emit(surviving.app, "user:merge", payload, mergedConversations=joined, reason="api")
    Participant.objects.filter(user=discarded).update(user=surviving)
    Chat.objects.filter(pk__in=own_chats(surviving)[1:]).update(is_default=False)
    discarded.delete()
    return surviving


def join_chats(surviving: SunshineUser, discarded: SunshineUser) -> Json | None:
    """Puts what was said in the one's conversation into the other's; None when there is nothing to join."""
    kept = Chat.objects.filter(pk__in=own_chats(surviving)).order_by("pk").first()
    gone = Chat.objects.filter(pk__in=own_chats(discarded)).order_by("pk").first()
    if surviving.app.option("multi_conversations") or kept is None or gone is None:
        return None
    told = {"surviving": show_chat_briefly(kept), "discarded": show_chat_briefly(gone)}
    ChatMessage.objects.filter(chat=gone).update(chat=kept)
    gone.delete()
    return told
