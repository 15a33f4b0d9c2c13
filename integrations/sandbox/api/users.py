"""``/users`` and the roles they have."""

from django.http import HttpResponse

from integrations.sandbox.api.answers import Json, invalid_record, missing_parameter, not_found, ok
from integrations.sandbox.api.gate import Call
from integrations.sandbox.api.limits import spend_user_update
from integrations.sandbox.api.paging import paginate
from integrations.sandbox.api.show import show_nobody, show_role, show_user
from integrations.sandbox.desk import people
from integrations.sandbox.models import Comment, CustomRole, Person, Ticket
from integrations.sandbox.search import find_users


def me(call: Call) -> HttpResponse:
    """GET /users/me: answers nobody too, with 200."""
    if call._caller is None:
        return ok({"user": show_nobody()})
    return ok({"user": {**show_user(call, call.caller.person), "authenticity_token": None}})


def find_user(call: Call, user_id: int) -> Person:
    """The account's user; people may see themselves. Raises 403, 404."""
    call.need(call.caller.rights.reads_users or call.caller.person.pk == user_id)
    row = Person.objects.filter(account=call.account, pk=user_id, is_active=True).first()
    if row is None:
        raise not_found()
    return row


def show(call: Call, user_id: int) -> HttpResponse:
    """GET /users/{id}."""
    return ok({"user": show_user(call, find_user(call, user_id))})


def listing(call: Call) -> HttpResponse:
    """GET /users, with ``role``, ``role[]`` and ``external_id`` as filters."""
    call.need(call.caller.rights.reads_users)
    rows = Person.objects.filter(account=call.account, is_active=True)
    roles = [*call.request.GET.getlist("role"), *call.request.GET.getlist("role[]")]
    if roles:
        rows = rows.filter(role__in=roles)
    if call.arg("external_id"):
        rows = rows.filter(external_id__iexact=call.arg("external_id"))
    page = paginate(call, rows, "users.json")
    return ok({"users": [show_user(call, row) for row in page.rows], **page.envelope})


def show_many(call: Call) -> HttpResponse:
    """GET /users/show_many?ids= or ?external_ids=."""
    call.need(call.caller.rights.reads_users)
    rows = Person.objects.filter(account=call.account, is_active=True)
    if call.arg("external_ids"):
        rows = rows.filter(external_id__in=call.arg("external_ids").split(","))
    else:
        rows = rows.filter(pk__in=[int(one) for one in call.arg("ids").split(",") if one.isdigit()])
    shown = [show_user(call, row) for row in rows.order_by("pk")[:100]]
    return ok({"users": shown, "next_page": None, "previous_page": None, "count": len(shown)})


def search(call: Call) -> HttpResponse:
    """GET /users/search?query= or ?external_id=."""
    call.need(call.caller.rights.reads_users)
    rows = find_users(call.account, call.arg("query"), call.arg("external_id"))
    page = paginate(call, rows, "users/search.json")
    return ok({"users": [show_user(call, row) for row in page.rows], **page.envelope})


def create(call: Call) -> HttpResponse:
    """POST /users."""
    call.need(call.caller.rights.writes_users)
    said = call.part("user")
    warn(call, said, "create")
    check_role(call, said)
    person = people.create_person(call.account, said)
    return ok({"user": show_user(call, person)}, 201, Location=call.url(f"users/{person.pk}.json"))


def create_or_update(call: Call) -> HttpResponse:
    """POST /users/create_or_update: 201 made, 200 known by external id or email."""
    call.need(call.caller.rights.writes_users)
    said = call.part("user")
    warn(call, said, "create_or_update")
    check_role(call, said)
    person = people.find_match(call.account, said)
    status = 200
    if person is None:
        person, status = people.create_person(call.account, said), 201
    else:
        call.headers.update(spend_user_update(call.account, person.pk))
        people.change_person(person, said)
        person.save()
    return ok({"user": show_user(call, person)}, status, Location=call.url(f"users/{person.pk}.json"))


def update(call: Call, user_id: int) -> HttpResponse:
    """PUT /users/{id}."""
    person = find_user(call, user_id)
    call.need(call.caller.rights.writes_users)
    call.headers.update(spend_user_update(call.account, user_id))
    said = call.part("user")
    warn(call, said, "update")
    check_role(call, said)
    people.change_person(person, said)
    person.save()
    return ok({"user": show_user(call, person)})


def delete(call: Call, user_id: int) -> HttpResponse:
    """DELETE /users/{id}. Raises 403 for staff unless by an admin, 422 while a ticket of theirs is not closed."""
    person = find_user(call, user_id)
    call.need(call.caller.rights.writes_users and (not person.is_staff or call.caller.person.role == "admin"))
    count = Ticket.objects.filter(requester=person, deleted_at=None).exclude(status="closed").count()
    if count:
        which = "1 ticket that is" if count == 1 else f"{count} tickets that are"
        raise invalid_record("base", f"{person.name} is requester on {which} not closed.")
    person.is_active = False
    person.save(update_fields=["is_active"])
    return ok({"user": show_user(call, person)})


def merge(call: Call, user_id: int) -> HttpResponse:
    """PUT /users/{id}/merge: the one in the path disappears into the one in the body."""
    gone = find_user(call, user_id)
    call.need(call.caller.rights.writes_users)
    target_id = call.part("user").get("id")
    if not str(target_id).isdigit():
        raise missing_parameter("user.id")
    target = find_user(call, int(str(target_id)))
    if gone.is_staff or target.is_staff:
        raise invalid_record("base", "Only end users can be merged", "InvalidValue")
    hand_over(gone, target)
    return ok({"user": show_user(call, target)})


def hand_over(gone: Person, target: Person) -> None:
    """Hands what one had to the other."""
    Ticket.objects.filter(requester=gone).update(requester=target)
    Ticket.objects.filter(submitter=gone).update(submitter=target)
    Comment.objects.filter(author=gone).update(author=target)
    target.email = target.email or gone.email
    target.phone = target.phone or gone.phone
    gone.is_active, gone.email, gone.external_id = False, None, None
    gone.save()
    target.save()


def identities(call: Call, user_id: int) -> HttpResponse:
    """GET /users/{id}/identities: the addresses of a user."""
    person = find_user(call, user_id)
    kinds = [("email", person.email), ("phone_number", person.phone)]
    shown: list[Json] = [
        {"id": person.pk + n + 1, "user_id": person.pk, "type": kind, "value": value, "primary": True,
         "verified": person.is_verified, "url": call.url(f"users/{person.pk}/identities/{person.pk + n + 1}.json")}
        for n, (kind, value) in enumerate(kinds) if value
    ]  # fmt: skip
    return ok({"identities": shown, "next_page": None, "previous_page": None, "count": len(shown)})


def list_roles(call: Call) -> HttpResponse:
    """GET /custom_roles."""
    call.need(call.caller.person.is_staff)
    rows = CustomRole.objects.filter(account=call.account).order_by("pk")
    return ok({"custom_roles": [show_role(row) for row in rows]})


def read_role(call: Call, role_id: int) -> HttpResponse:
    """GET /custom_roles/{id}."""
    call.need(call.caller.person.is_staff)
    row = CustomRole.objects.filter(account=call.account, pk=role_id).first()
    if row is None:
        raise not_found()
    return ok({"custom_role": show_role(row)})


def check_role(call: Call, said: Json) -> None:
    """Only an admin makes staff. Raises 403."""
    call.need(said.get("role") in (None, "end-user") or call.caller.person.role == "admin")


def warn(call: Call, said: Json, verb: str) -> None:
    """Names the keys that are dropped."""
    call.warn(people.unknown_keys(said, people.KNOWN, "user"), f"users#{verb}")
