"""Prompts and music over HTTP: every format that people bring, and everything that is none."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import ClientError, FormData

from orchestrator.ari.fake.world import FakePhone
from orchestrator.ari.recordings import FakeRecordings
from orchestrator.audio.conversion import MAX_UPLOAD, NotPlayable
from orchestrator.clock import SystemClock
from orchestrator.devices.schemas import DeviceCreate
from orchestrator.errors import Conflict, Denied, Unavailable
from orchestrator.people.accounts import UserAccounts
from orchestrator.prompts.desk import PromptDesk
from orchestrator.routing.decision import RecordPrompt
from orchestrator.types import SYSTEM_ACTOR, Scope, new_id
from tests.contract.ari.bench import eventually
from tests.rest import Reply, Rest, World
from tests.sounds import encoded, loudest, wav

PROMPTS = "/tenants/-/prompts"
MUSIC = "/tenants/-/music-playlists"
OWNER = "system_owner"


async def send(
    world: World,
    path: str,
    data: object,
    query: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    kind: str | None = "application/octet-stream",
) -> Reply:
    """A file as the body, or as a form."""
    headers = {"Authorization": f"Bearer {world.tokens[OWNER]}"}
    if kind is not None:
        headers["Content-Type"] = kind
    url = f"/api/v1{path}"
    async with world.rest.http.request(
        method, url, data=data, params=query, headers=headers
    ) as answer:
        return Reply(answer.status, await answer.json(content_type=None), answer.headers)


def incoming(rest: Rest) -> list[Path]:
    return list((rest.media.root / "incoming").glob("*"))


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("mp3", "mp3"),
        ("ogg", "libopus"),
        ("webm", "libopus"),
        ("mp4", "aac"),
        ("adts", "aac"),
        ("flac", "flac"),
        ("wav", "pcm_s16le"),
    ],
)
async def test_every_usual_format_becomes_what_asterisk_plays(
    world: World, tmp_path: Path, container: str, codec: str
) -> None:
    content = encoded(container, codec, 700, 2)
    query = {"name": f"A {container}", "source": "recorded"}
    made = await send(world, PROMPTS, content, query, kind=f"audio/{container}")
    assert made.status == 201, made
    assert (made.body["source"], made.body["text"]) == ("recorded", None)
    assert made.body["seconds"] == pytest.approx(2, abs=0.15)
    async with world.rest.http.get(
        f"/api/v1{PROMPTS}/{made.body['id']}/audio",
        headers={"Authorization": f"Bearer {world.tokens[OWNER]}"},
    ) as answer:
        played = await answer.read()
        assert answer.content_type == "audio/wav"
    heard = tmp_path / "heard.wav"
    heard.write_bytes(played)
    assert played[20:36] == bytes.fromhex("0100 0100 401f0000 803e0000 0200 1000")
    assert loudest(heard) == 700
    async with world.rest.http.get(
        f"/api/v1{PROMPTS}/{made.body['id']}/original",
        headers={"Authorization": f"Bearer {world.tokens[OWNER]}", "Range": "bytes=0-9"},
    ) as answer:
        assert (answer.status, await answer.read()) == (206, content[:10])
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    gone = await world.call(OWNER, "DELETE", f"{PROMPTS}/{made.body['id']}")
    assert gone.status == 204
    assert not incoming(world.rest)


async def test_a_form_brings_a_file_and_its_name(world: World) -> None:
    form = FormData()
    form.add_field("name", "Welcome")
    form.add_field("file", wav(500, 1), filename="../../etc/passwd.wav")
    made = await send(world, PROMPTS, form, kind=None)
    assert (made.status, made.body["name"], made.body["source"]) == (201, "Welcome", "uploaded")
    again = FormData()
    again.add_field("name", "Welcome")
    again.add_field("file", wav(500, 1), filename="x.wav")
    taken = await send(world, PROMPTS, again, kind=None)
    assert taken.status == 409
    assert (await world.call(OWNER, "DELETE", f"{PROMPTS}/{made.body['id']}")).status == 204


def zipped() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("voice.wav", wav(500, 1))
    return whole.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (zipped(), "not-audio"),
        (b"#EXTM3U\n#EXTINF:2,\nfile:///etc/hostname\n", "not-audio"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "not-audio"),
        (wav(500, 1)[:60], "silent"),
        (wav(500, 2, level=0.0), "silent"),
        (wav(500, 601, rate=1000), "too-long"),
    ],
)
async def test_what_nobody_can_hear_is_refused(world: World, content: bytes, why: str) -> None:
    reply = await send(world, PROMPTS, io.BytesIO(content), {"name": "Bad"})
    assert (reply.status, reply.body["id"]) == (422, why), reply
    assert reply.body["errors"][0]["field"] == "body.file"
    page = await world.call(OWNER, "GET", f"{PROMPTS}?search=Bad")
    assert page.body["items"] == []
    assert not incoming(world.rest)


async def test_four_gigabytes_are_refused_before_they_come(world: World) -> None:
    """By the length that the client tells, without reading any of it."""
    host, port = world.rest.http.host, world.rest.http.port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        f"POST /api/v1{PROMPTS}?name=Huge HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: Bearer {world.tokens[OWNER]}\r\n"
        "Content-Type: audio/wav\r\nContent-Length: 4294967296\r\n\r\n".encode()
    )
    async with asyncio.timeout(10):
        assert b" 413 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert not incoming(world.rest)


async def test_a_stream_without_end_is_cut_off(world: World) -> None:
    """A client that does not say how much comes, and sends for ever."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10 * MAX_UPLOAD:
            sent += 1_000_000
            yield b"x" * 1_000_000

    try:
        reply = await send(world, PROMPTS, endless(), {"name": "Endless"}, kind="audio/mpeg")
    except ClientError:
        pass
    else:
        assert reply.status == 413
    assert sent < 2 * MAX_UPLOAD
    assert not incoming(world.rest)


async def test_a_wrong_field_is_named(world: World) -> None:
    sound = wav(500, 1)
    for query, field in (
        ({}, "query.name"),
        ({"name": "x", "source": "spoken"}, "query.source"),
        ({"name": "x", "more": "y"}, "query.more"),
    ):
        reply = await send(world, PROMPTS, sound, query)
        assert (reply.status, reply.body["errors"][0]["field"]) == (422, field)
    form = FormData()
    form.add_field("name", "x")
    form.add_field("other", b"x", filename="x")
    reply = await send(world, PROMPTS, form, kind=None)
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, "body.file")


async def test_a_text_is_read_aloud_and_may_change(world: World) -> None:
    made = await world.call(
        OWNER, "POST", PROMPTS, {"name": "Menu", "text": "Press 1 for sales", "language": "en"}
    )
    assert made.status == 201, made
    assert (made.body["source"], made.body["text"]) == ("spoken", "Press 1 for sales")
    missing = await world.call(
        OWNER, "POST", PROMPTS, {"name": "No", "text": "Hej", "language": "sv"}
    )
    assert (missing.status, missing.body["errors"][0]["field"]) == (422, "body.language")
    path = f"{PROMPTS}/{made.body['id']}"
    changed = await world.call(OWNER, "PUT", f"{path}/audio", {"text": "Toets 1", "language": "nl"})
    assert (changed.status, changed.body["text"]) == (200, "Toets 1")
    stale = await world.call(
        OWNER, "PUT", f"{path}/audio", {"text": "Late"}, If_Match=made.headers["ETag"]
    )
    assert stale.status == 412
    recorded = await send(world, f"{path}/audio", wav(600, 1), {"source": "recorded"}, method="PUT")
    assert (recorded.body["source"], recorded.body["text"]) == ("recorded", None)
    renamed = await world.call(OWNER, "PATCH", path, {"name": "Main menu"})
    assert renamed.body["name"] == "Main menu"
    assert (await world.call(OWNER, "DELETE", path)).status == 204


async def test_what_plays_a_prompt_is_named_and_keeps_it(world: World) -> None:
    made = await send(world, PROMPTS, wav(500, 1), {"name": "Holiday"})
    holiday = {
        "name": "New year",
        "first_day": "2027-01-01",
        "last_day": "2027-01-01",
        "prompt": made.body["id"],
    }
    given = await world.call(OWNER, "POST", "/tenants/-/holidays", holiday)
    assert given.status == 201, given
    refused = await world.call(OWNER, "DELETE", f"{PROMPTS}/{made.body['id']}")
    assert (refused.status, refused.body["used_by"]) == (409, ["holiday New year"])
    shown = await world.call(OWNER, "GET", f"{PROMPTS}/{made.body['id']}")
    assert shown.body["used_by"] == ["holiday New year"]


async def test_a_playlist_and_its_tracks(world: World) -> None:
    made = await world.call(OWNER, "POST", MUSIC, {"name": "Calm"})
    path = f"{MUSIC}/{made.body['id']}"
    for name in ("One", "Two"):
        added = await send(world, f"{path}/tracks", encoded("mp3", "mp3", 440, 1), {"name": name})
        assert added.status == 200, added
    first, second = added.body["tracks"]
    assert (first["name"], second["name"], second["position"]) == ("One", "Two", 1)
    wrong = await world.call(OWNER, "PATCH", path, {"tracks": [first["id"]]})
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "body.tracks")
    turned = {"tracks": [second["id"], first["id"]], "shuffle": True}
    changed = await world.call(OWNER, "PATCH", path, turned)
    assert ([t["name"] for t in changed.body["tracks"]], changed.body["shuffle"]) == (
        ["Two", "One"],
        True,
    )
    sales = world.departments["Sales"]
    menu = f"/tenants/-/departments/{sales}/menu"
    assigned = await world.call(OWNER, "PUT", menu, {"music": made.body["id"]})
    assert assigned.body["music"] == made.body["id"]
    refused = await world.call(OWNER, "DELETE", path)
    assert (refused.status, refused.body["used_by"]) == (409, ["department Sales"])
    await world.call(OWNER, "PUT", menu, {"music": None})
    assert (await world.call(OWNER, "DELETE", f"{path}/tracks/{first['id']}")).status == 204
    assert (await world.call(OWNER, "DELETE", path)).status == 204


async def test_prompts_of_another_tenant_do_not_exist(world: World) -> None:
    made = await send(world, PROMPTS, wav(500, 1), {"name": "Ours"})
    for path in ("", "/audio", "/original"):
        reply = await world.call("stranger", "GET", f"{PROMPTS}/{made.body['id']}{path}")
        assert reply.status == 404


RECORD = f"{PROMPTS}/record"


async def phone_of(world: World, who: str) -> None:
    scope = Scope(world.tenants["acme"], SYSTEM_ACTOR)
    body = {"user": world.people[who], "name": "Desk", "kind": "desk_phone"}
    await world.rest.services.devices.create(scope, DeviceCreate.model_validate(body))

    def known() -> bool:
        plan = world.rest.read_model.plan.tenants[world.tenants["acme"]]
        return bool(plan.people[world.people[who]].devices)

    await eventually(known, "the device")


async def test_a_call_to_record_is_refused_with_the_reason(world: World) -> None:
    made = await send(world, PROMPTS, wav(500, 1), {"name": "To be spoken"})
    path = f"{PROMPTS}/{made.body['id']}/record"
    for url, body in ((path, {}), (RECORD, {"name": "New"})):
        unknown = await world.call(OWNER, "POST", url, {**body, "user": "nobody"})
        assert (unknown.status, unknown.body["errors"][0]["field"]) == (422, "body.user")
        stranger = {**body, "user": world.people["stranger"]}
        foreign = await world.call(OWNER, "POST", url, stranger)
        assert foreign.body["detail"] == unknown.body["detail"]
        without = await world.call(OWNER, "POST", url, {**body, "user": world.people["manager"]})
        assert (without.status, without.body["detail"]) == (409, "The person has no device.")
        assert (await world.call("user", "POST", url, body)).status == 403
        # Who is no user names one.
        program = await world.call("platform", "POST", url.replace("-", "acme", 1), body)
        assert (program.status, program.body["errors"][0]["field"]) == (422, "body.user")
    taken = await world.call(OWNER, "POST", RECORD, {"name": "To be spoken"})
    assert (taken.status, taken.body["errors"][0]["field"]) == (409, "body.name")
    assert (await world.call(OWNER, "POST", f"{PROMPTS}/{new_id()}/record")).status == 404
    assert (await world.call("stranger", "POST", path)).status == 404
    nameless = await world.call(OWNER, "POST", RECORD, {})
    assert (nameless.status, nameless.body["errors"][0]["field"]) == (422, "body.name")
    assert not world.rest.asterisk.world.channels


async def test_the_own_devices_ring_to_record(world: World) -> None:
    await phone_of(world, OWNER)
    plan = world.rest.read_model.plan.tenants[world.tenants["acme"]]
    (device,) = plan.people[world.people[OWNER]].devices
    world.rest.asterisk.register(f"PJSIP/{device.endpoint}", FakePhone(after=30))
    made = await world.call(OWNER, "POST", RECORD, {"name": "Ringing"})
    assert made.status == 202, made
    live = f"/tenants/-/active-calls/{made.body['id']}"
    await eventually(lambda: bool(world.rest.asterisk.world.channels), "the ringing")
    assert (await world.call(OWNER, "GET", live)).body["parties"][0]["number"] == plan.people[
        world.people[OWNER]
    ].number
    assert (await world.call(OWNER, "POST", f"{live}/hang-up", {})).status == 204
    await eventually(lambda: not world.rest.asterisk.world.channels, "the end")


async def test_the_right_is_asked_again_when_words_are_kept(world: World) -> None:
    rest, acme = world.rest, world.tenants["acme"]
    made = await send(world, PROMPTS, wav(500, 1), {"name": "Spoken by telephone"})
    id_ = made.body["id"]
    async with rest.database.reading() as session:
        actor = await UserAccounts().actor(session, world.people["owner"])
    assert actor is not None
    recordings = FakeRecordings({"spoken": wav(900, 1), "nothing": wav(900, 1, level=0.0)})
    desk = PromptDesk(rest.database, SystemClock(), recordings, rest.media)
    wanted = RecordPrompt(Scope(acme, actor), id_, "Spoken by telephone")
    with pytest.raises(NotPlayable):
        await desk.keep(wanted, "nothing")
    with pytest.raises(Unavailable):
        await desk.keep(wanted, "gone")
    url = f"/tenants/acme/users/{actor.id}"
    before = (await world.call("platform", "GET", url)).body["memberships"]
    weak = [{"department": before[0]["department"], "role": "user", "is_main": True}]
    assert (await world.call("platform", "PATCH", url, {"memberships": weak})).status == 200
    try:
        with pytest.raises(Denied):
            await desk.keep(wanted, "spoken")
    finally:
        await world.call("platform", "PATCH", url, {"memberships": before})
    assert (await world.call(OWNER, "GET", f"{PROMPTS}/{id_}")).body["source"] == "uploaded"
    await desk.keep(wanted, "spoken")
    assert (await world.call(OWNER, "GET", f"{PROMPTS}/{id_}")).body["source"] == "recorded"
    system = Scope(acme, SYSTEM_ACTOR)
    with pytest.raises(Conflict):
        await desk.keep(RecordPrompt(system, "", "Spoken by telephone"), "spoken")
    await desk.keep(RecordPrompt(system, "", "Another"), "spoken")
    page = await world.call(OWNER, "GET", f"{PROMPTS}?search=Another")
    assert [each["source"] for each in page.body["items"]] == ["recorded"]
    assert not incoming(rest)
