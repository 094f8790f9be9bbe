"""Voicemail over the API: who sees which box and message, and what they may do with them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from orchestrator.media import MediaStore
from orchestrator.people.model import Extension
from orchestrator.people.rules import OwnerKind
from orchestrator.ring_groups.model import RingGroup, RingGroupMember
from orchestrator.ring_groups.rules import Strategy
from orchestrator.types import SYSTEM_ACTOR, Scope, new_id
from orchestrator.voicemail.model import VoicemailBox, VoicemailMessage
from tests.rest import Reply, World
from tests.secrecy import tells
from tests.sounds import encoded
from tests.tones import sine, write_wav

MESSAGES = "/tenants/-/voicemail/messages"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def scope_of(world: World, tenant: str = "acme") -> Scope:
    return Scope(world.tenants[tenant], SYSTEM_ACTOR)


def media(world: World) -> MediaStore:
    return MediaStore(Path(world.rest.database.engine.url.database or "").parent / "media")


async def box_of(world: World, owner: str, tenant: str = "acme") -> VoicemailBox:
    async with world.rest.database.reading() as session:
        of_owner = (VoicemailBox.user_id == owner) | (VoicemailBox.ring_group_id == owner)
        box = await session.scalar(select(VoicemailBox).where(of_owner))
    assert box is not None
    return box


async def left(
    world: World, owner: str, minutes: int = 0, tenant: str = "acme", **columns: object
) -> str:
    """A message in the box of `owner`; its id."""
    box, store = await box_of(world, owner, tenant), media(world)
    file = store.new(world.tenants[tenant], "voicemail")
    target = store.path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(write_wav, target, sine(440, 0.5))
    made: dict[str, object] = {
        "id": new_id(),
        "caller": "+31612345678",
        "caller_name": "Ada",
        "seconds": 0.5,
        "size": target.stat().st_size,
        "recorded_at": AT + timedelta(minutes=minutes),
        **columns,
    }
    row = VoicemailMessage(box_id=box.id, call_id="node-1.1", file=file, **made)
    async with world.rest.database.transaction(scope_of(world, tenant)) as session:
        session.add(row)
    return row.id


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def group(world: World) -> str:
    """A ring group of Sales with a box, whose member is the receptionist; its id."""
    made = RingGroup(
        id=new_id(),
        name="Sales",
        strategy=Strategy.RING_ALL,
        department_id=world.departments["Sales"],
    )
    async with world.rest.database.transaction(scope_of(world)) as session:
        session.add(made)
        await session.flush()
        session.add(Extension(number="600", owner_kind=OwnerKind.RING_GROUP, owner_id=made.id))
        member = world.people["receptionist"]
        session.add(RingGroupMember(ring_group_id=made.id, user_id=member, position=0))
        session.add(VoicemailBox(ring_group_id=made.id))
    return made.id


async def listed(world: World, who: str, query: str = "") -> list[str]:
    reply = await world.call(who, "GET", f"{MESSAGES}{query}")
    assert reply.status == 200, reply
    return [item["id"] for item in reply.body["items"]]


async def test_a_new_user_has_a_box_unless_that_is_not_wanted(world: World) -> None:
    users = "/tenants/acme/users"
    for number, wanted in (("301", True), ("302", False)):
        body = {"number": number, "voicemail": wanted}
        user = await world.call("system_owner", "POST", users, body)
        assert user.status == 201, user
        box = await world.call("system_owner", "GET", f"{users}/{user.body['id']}/voicemail")
        assert box.body["enabled"] is wanted
        assert (box.body["version"] == 0) is not wanted
        if not wanted:
            made = await world.call(
                "system_owner", "PATCH", f"{users}/{user.body['id']}/voicemail", {}
            )
            assert (made.status, made.body["enabled"]) == (200, True)


async def test_people_change_their_own_box_and_no_other(world: World) -> None:
    path = "/tenants/-/users/-/voicemail"
    changed = await world.call(
        "user",
        "PATCH",
        path,
        {"mail": "attach", "mail_to": ["Home@Example.org"], "say_time": "12h"},
    )
    assert changed.status == 200, changed
    assert (changed.body["mail"], changed.body["mail_to"]) == ("attach", ["home@example.org"])
    stale = await world.call("user", "PATCH", path, {"ask_pin": False}, If_Match='"1"')
    assert stale.status == 412
    colleague = world.people["manager"]
    other = await world.call("user", "GET", f"/tenants/-/users/{colleague}/voicemail")
    assert other.status == 404
    managed = await world.call(
        "system_owner", "GET", f"/tenants/-/users/{world.people['user']}/voicemail"
    )
    assert managed.body["mail"] == "attach"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mail": "carrier_pigeon"}, "body.mail"),
        ({"mail_to": ["nobody"]}, "body.mail_to.0"),
        ({"say_time": "7h"}, "body.say_time"),
        ({"pin": "4826"}, "body.pin"),
        ({"mail_members": True}, "body.mail_members"),
        ({"greeting": "hello"}, "body.greeting"),
    ],
)
async def test_bad_input_is_named(world: World, body: dict[str, object], field: str) -> None:
    reply = await world.call("user", "PATCH", "/tenants/-/users/-/voicemail", body)
    assert reply.status == 422
    assert [error["field"] for error in reply.body["errors"]] == [field]


async def test_messages_of_a_user_are_for_that_user_alone(world: World) -> None:
    message = await left(world, world.people["user"])
    assert message in await listed(world, "user")
    for who in ("system_owner", "system_admin", "manager", "receptionist", "platform"):
        tenant = "acme" if who == "platform" else "-"
        for method, tail, body in (
            ("GET", "", None),
            ("GET", "/audio", None),
            ("PATCH", "", {"heard": True}),
            ("DELETE", "", None),
            ("POST", "/forward", {"to": [world.people["user"]]}),
        ):
            path = f"/tenants/{tenant}/voicemail/messages/{message}{tail}"
            reply = await world.call(who, method, path, body)
            assert reply.status == 404, (who, method, tail, reply)
    own = await world.call("user", "GET", f"{MESSAGES}/{message}")
    assert own.body["caller_name"] == "Ada"
    assert own.body["heard_at"] is None


async def test_messages_of_a_group_are_for_its_members_and_who_may_hear_recordings(
    world: World, group: str
) -> None:
    message = await left(world, group)
    for who, may in (("receptionist", True), ("system_owner", True), ("user", False)):
        reply = await world.call(who, "GET", f"{MESSAGES}/{message}")
        assert (reply.status == 200) is may, who
    assert await listed(world, "receptionist", f"?box={group}") == [message]
    settings = f"/tenants/-/ring-groups/{group}/voicemail"
    assert (await world.call("user", "GET", settings)).status == 404
    changed = await world.call(
        "system_owner", "PATCH", settings, {"pin": "4826", "mail_members": True}
    )
    assert changed.status == 200, changed
    assert changed.body["has_pin"] is True
    assert not tells(str(changed.body), "4826")
    weak = await world.call("system_owner", "PATCH", settings, {"pin": "1234"})
    assert weak.status == 422


async def test_the_list_is_filtered_sorted_and_paged(world: World) -> None:
    user = world.people["department_admin"]
    old = await left(world, user, 0, caller="101", caller_name="Bob", heard_at=AT)
    new = [await left(world, user, minutes) for minutes in (10, 20)]
    assert await listed(world, "department_admin", "?heard=true") == [old]
    assert await listed(world, "department_admin", "?heard=false&sort=-recorded_at") == new[::-1]
    assert await listed(world, "department_admin", "?caller=bo") == [old]
    since = (AT + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    assert await listed(world, "department_admin", f"?since={since}&sort=recorded_at") == new
    page = await world.call("department_admin", "GET", f"{MESSAGES}?limit=2&sort=recorded_at")
    rest = await world.call(
        "department_admin",
        "GET",
        f"{MESSAGES}?limit=2&sort=recorded_at&cursor={page.body['next']}",
    )
    found = [item["id"] for item in page.body["items"] + rest.body["items"]]
    assert found == [old, *new]


async def test_a_message_is_heard_in_parts_and_by_nobody_from_a_cache(world: World) -> None:
    message = await left(world, world.people["user"])
    token = world.tokens["user"]
    url = f"/api/v1{MESSAGES}/{message}/audio"
    headers = {"Authorization": f"Bearer {token}"}
    async with world.rest.http.get(url, headers=headers) as whole:
        sound = await whole.read()
        assert (whole.status, whole.content_type) == (200, "audio/wav")
        assert "no-store" in whole.headers["Cache-Control"]
    async with world.rest.http.get(url, headers={**headers, "Range": "bytes=44-143"}) as part:
        assert part.status == 206
        assert await part.read() == sound[44:144]


async def test_messages_are_marked_forwarded_and_deleted_with_their_files(
    world: World, group: str
) -> None:
    message = await left(world, world.people["user"])
    heard = await world.call("user", "PATCH", f"{MESSAGES}/{message}", {"heard": True})
    assert heard.body["heard_at"] is not None
    new = await world.call("user", "PATCH", f"{MESSAGES}/{message}", {"heard": False})
    assert new.body["heard_at"] is None
    body = {"to": [world.people["owner"], group]}
    forwarded = await world.call("user", "POST", f"{MESSAGES}/{message}/forward", body)
    assert forwarded.status == 204, forwarded
    [copy] = await listed(world, "owner")
    before = len(list(media(world).root.rglob("*.wav")))
    assert (await world.call("user", "DELETE", f"{MESSAGES}/{message}")).status == 204
    assert len(list(media(world).root.rglob("*.wav"))) == before - 1
    assert (await world.call("owner", "GET", f"{MESSAGES}/{copy}")).status == 200
    nobody = await world.call(
        "owner", "POST", f"{MESSAGES}/{copy}/forward", {"to": ["nobody-has-this-id"]}
    )
    assert [error["field"] for error in nobody.body["errors"]] == ["body.to.0"]


async def test_many_at_once_are_all_changed_or_none(world: World) -> None:
    user = world.people["manager"]
    mine = [await left(world, user, minutes) for minutes in range(3)]
    foreign = await left(world, world.people["user"])
    bulk = f"{MESSAGES}/bulk"
    reply = await world.call(
        "manager", "POST", bulk, {"messages": [*mine, foreign], "action": "delete"}
    )
    assert reply.status == 404
    assert set(mine) <= set(await listed(world, "manager"))
    reply = await world.call("manager", "POST", bulk, {"messages": mine, "action": "heard"})
    assert reply.body == {"changed": 3}
    reply = await world.call("manager", "POST", bulk, {"messages": mine, "action": "delete"})
    assert reply.body == {"changed": 3}
    assert not set(mine) & set(await listed(world, "manager"))


async def test_the_box_and_messages_of_another_tenant_are_as_none_at_all(world: World) -> None:
    foreign = world.people["stranger"]
    message = await left(world, foreign, tenant="globex")
    for path in (f"/voicemail/messages/{message}", f"/voicemail/messages/{message}/audio"):
        assert (await world.call("system_owner", "GET", f"/tenants/-{path}")).status == 404
    box = await world.call("system_owner", "GET", f"/tenants/-/users/{foreign}/voicemail")
    assert box.status == 404
    to = {"to": [foreign]}
    own = await left(world, world.people["system_owner"])
    reply = await world.call("system_owner", "POST", f"{MESSAGES}/{own}/forward", to)
    assert [error["field"] for error in reply.body["errors"]] == ["body.to.0"]


async def test_a_box_that_calls_lead_to_stays_on(world: World) -> None:
    user = world.people["department_admin"]
    way = {"external": {"kind": "voicemail", "ref": user}}
    body = {"profiles": {"available": {"destinations": {"no_answer": way}}}}
    path = f"/tenants/-/users/{world.people['user']}/forwarding"
    set_ = await world.call("system_owner", "PUT", path, body)
    assert set_.status == 200, set_
    reply = await world.call(
        "department_admin", "PATCH", "/tenants/-/users/-/voicemail", {"enabled": False}
    )
    assert reply.status == 409
    assert "forwarding of" in str(reply.body["used_by"])


async def test_a_greeting_that_is_not_there_is_said_so(world: World) -> None:
    path = "/tenants/-/users/-/voicemail/greetings"
    for word in ("always", "available", "nonsense"):
        assert (await world.call("user", "GET", f"{path}/{word}/audio")).status == 404
        assert (await world.call("user", "DELETE", f"{path}/{word}")).status == 404
    own = world.people["user"]
    file = media(world).new(world.tenants["acme"], "voicemail")
    target = media(world).path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_wav(target, sine(440, 0.5))
    await world.rest.services.boxes.set_greeting(scope_of(world), own, None, (file, 0.5))
    box = await world.call("user", "GET", "/tenants/-/users/-/voicemail")
    assert box.body["greetings"] == [{"status": None, "seconds": 0.5, "text": None}]
    assert (await world.call("user", "DELETE", f"{path}/always")).status == 204
    assert not target.exists()


# -- greetings and names that come over the API ------------------------------------------------


async def bring(world: World, who: str, path: str, content: bytes) -> Reply:
    """A file as the body of a PUT."""
    headers = {
        "Authorization": f"Bearer {world.tokens[who]}",
        "Content-Type": "application/octet-stream",
    }
    async with world.rest.http.put(f"/api/v1{path}", data=content, headers=headers) as answer:
        body = await answer.json(content_type=None) if await answer.read() else None
        return Reply(answer.status, body, answer.headers)


async def test_a_greeting_comes_as_a_file_or_as_a_text(world: World) -> None:
    path = "/tenants/-/users/-/voicemail"
    tone = encoded("mp3", "mp3", 700, 1.5)
    brought = await bring(world, "user", f"{path}/greetings/always", tone)
    assert brought.status == 200, brought
    (greeting,) = brought.body["greetings"]
    assert (greeting["status"], greeting["text"]) == (None, None)
    assert greeting["seconds"] == pytest.approx(1.5, abs=0.2)
    typed = {"text": "I am away today.", "language": "en"}
    spoken = await world.call("user", "PUT", f"{path}/greetings/away", typed)
    assert [g["text"] for g in spoken.body["greetings"]] == [None, "I am away today."]
    # New words take the place of the old ones, whose file goes.
    again = await bring(world, "user", f"{path}/greetings/always", tone)
    assert len(again.body["greetings"]) == 2
    folder = world.rest.media.root / world.tenants["acme"] / "voicemail"
    names = {file.name.split(".")[0] for file in folder.glob("*.original")}
    assert len(names) == 1
    for status in ("always", "away"):
        dropped = await world.call("user", "DELETE", f"{path}/greetings/{status}")
        assert dropped.status == 204


async def test_a_spoken_name_comes_as_a_file_or_as_a_text(world: World) -> None:
    path = "/tenants/-/users/-/voicemail"
    brought = await bring(world, "user", f"{path}/self-id", encoded("ogg", "libopus", 700, 1))
    assert brought.status == 204, brought
    assert (await world.call("user", "GET", path)).body["has_self_id"] is True
    typed = await world.call("user", "PUT", f"{path}/self-id", {"text": "Ada", "language": "en"})
    assert typed.status == 204
    assert (await world.call("user", "DELETE", f"{path}/self-id")).status == 204


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"PK\x03\x04 a zip named .wav", 422), (b"", 422)],
)
async def test_what_is_no_sound_is_no_greeting(world: World, content: bytes, status: int) -> None:
    path = "/tenants/-/users/-/voicemail/greetings/always"
    refused = await bring(world, "user", path, content)
    assert refused.status == status, refused
    assert not list((world.rest.media.root / "incoming").glob("*"))


async def test_a_greeting_of_somebody_else_is_not_brought(world: World) -> None:
    other = world.people["receptionist"]
    path = f"/tenants/-/users/{other}/voicemail/greetings/always"
    refused = await bring(world, "user", path, encoded("mp3", "mp3", 700, 1))
    assert refused.status == 404
