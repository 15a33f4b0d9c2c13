"""The Agent Workspace's side of a conversation: the ticket it makes of one."""

from integrations.sandbox.api.answers import Json, RefusedError
from integrations.sandbox.desk import fields, people, tickets
from integrations.sandbox.models import Account, Chat, ChatMessage, Participant, Person, SunshineUser

AGENT_WORKSPACE = "zd:agentWorkspace"
CHANNEL = "native_messaging"
FIELD = "dataCapture.ticketField."
SYSTEM = "dataCapture.systemField."
USUAL_HISTORY = 10


def open_ticket(chat: Chat, metadata: Json) -> None:
    """The ticket of a conversation, made when control is passed. One that is not closed is kept as it is:
    metadata that comes later is not looked at."""
    if chat.ticket is not None and chat.ticket.status != "closed" and chat.ticket.deleted_at is None:
        return
    user = first_user(chat)
    if user is None:
        return
    chat.captured = metadata
    person = find_person(user, metadata)
    said = {
        "subject": f"Conversation with {person.name}",
        "comment": {"body": transcript(chat, metadata), "public": True},
        **read_capture(person.account, metadata),
    }
    try:
        chat.ticket, _audit = tickets.create_ticket(person.account, person, said, CHANNEL, {"system": {}, "custom": {}})
    except RefusedError:
        chat.ticket = None
    chat.save(update_fields=["ticket", "captured"])


def first_user(chat: Chat) -> SunshineUser | None:
    """The user of a personal conversation."""
    row = Participant.objects.select_related("user__person").filter(chat=chat).order_by("pk").first()
    return row.user if row is not None else None


def find_person(user: SunshineUser, metadata: Json) -> Person:
    """The Support user behind a messaging user: by external id, else made. The profile's email is no identity."""
    account: Account = user.app.account
    person: Person | None = user.person
    if person is None and user.external_id:
        person = people.find_by_external_id(account, user.external_id)
    if person is None:
        name = str(metadata.get(f"{SYSTEM}requester.name") or user.name)
        said: Json = {"name": name, "role": "end-user"}
        person = people.create_person(account, {**said, "external_id": user.external_id} if user.external_id else said)
    if user.person is None or user.person.pk != person.pk:
        user.person = person
        user.save(update_fields=["person"])
    return person


def read_capture(account: Account, metadata: Json) -> Json:
    """What ``dataCapture.*`` puts on the ticket; a value that its field cannot hold is left away."""
    said: Json = {}
    tags = metadata.get(f"{SYSTEM}tags")
    if tags:
        said["tags"] = [one.strip() for one in str(tags).split(",") if one.strip()]
    if metadata.get(f"{SYSTEM}priority") in tickets.PRIORITIES:
        said["priority"] = metadata[f"{SYSTEM}priority"]
    if metadata.get(f"{SYSTEM}group_id"):
        said["group_id"] = metadata[f"{SYSTEM}group_id"]
    assignee = tickets.as_id(metadata.get(f"{SYSTEM}assignee_id"))
    if Person.objects.filter(account=account, pk=assignee, role__in=["agent", "admin"], is_suspended=False).exists():
        said["assignee_id"] = assignee
    values: list[Json] = []
    for name, value in metadata.items():
        field = fields.find_field(account, name.removeprefix(FIELD)) if name.startswith(FIELD) else None
        if field is None:
            continue
        try:
            values.append({"id": field.number, "value": fields.check_value(field, value)})
        except RefusedError:
            continue
    return {**said, "custom_fields": values}


def transcript(chat: Chat, metadata: Json) -> str:
    """The last ten messages, or those from ``first_message_id`` on."""
    rows = ChatMessage.objects.filter(chat=chat).order_by("pk")
    first = rows.filter(uid=str(metadata.get("first_message_id") or "")).first()
    chosen = list(rows.filter(pk__gte=first.pk)) if first is not None else list(rows.reverse()[:USUAL_HISTORY])[::-1]
    lines = [line_of(row) for row in chosen]
    return "\n".join(lines) or "The conversation has no messages yet."


def line_of(row: ChatMessage) -> str:
    """One message as a line of text."""
    who = row.author.get("displayName") or row.author.get("type")
    said = row.content.get("text") or row.content.get("mediaUrl") or row.content.get("type")
    return f"({row.received:%H:%M:%S}) {who}: {said}"
