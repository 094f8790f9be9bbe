"""Hot-desk phones: logging in by extension and PIN, out again, and calls by them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.calls.features import NoFeatures
from orchestrator.errors import Unavailable
from orchestrator.prompts.phrases import Phrase
from orchestrator.types import TenantId
from tests.factories.plans import hot_desk, person, plan, rule, tenant, trunk, with_desks
from tests.unit.calls.desk import Desk, at_desk, until

ANN = person("101", pin="4711", language="nl")
BOB = person("102", pin="0815")
NO_PIN = person("103")
LOBBY, ATTIC = hot_desk("lobby"), hot_desk("attic", BOB)
ASKED = (Phrase.ASK_PIN, Phrase.ASK_PIN_AGAIN, Phrase.ASK_EXTENSION)
LONG = 60.0


class Desks(NoFeatures):
    """Who logged in where, and out; `error` is raised instead, if there is one."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, str]] = []
        self.error: Exception | None = None

    async def use_hot_desk(self, tenant: TenantId, user: str, desk: str) -> None:
        self._note("in", user, desk)

    async def leave_hot_desk(self, tenant: TenantId, user: str, desk: str) -> None:
        self._note("out", user, desk)

    def _note(self, *what: str) -> None:
        if self.error is not None:
            raise self.error
        self.done.append(what)  # type: ignore[arg-type]


@pytest.fixture
def desks() -> Desks:
    return Desks()


@pytest_asyncio.fixture
async def desk(tmp_path: Path, desks: Desks) -> AsyncIterator[Desk]:
    acme = tenant((ANN, BOB, NO_PIN), (trunk(),), outbound_rules=(rule(),))
    acme = with_desks(acme, LOBBY, ATTIC)
    async with at_desk(plan(acme), tmp_path, features=desks) as desk:
        desk.phones("u101x0", "u102x0", "u103x0", "hlobby", "hattic", "trunk-main")
        for sound in (*ASKED, Phrase.LOGGED_IN, Phrase.LOGGED_OFF):
            desk.asterisk.world.sound_seconds[f"sound:{sound}"] = LONG
        yield desk


def playing(desk: Desk, call: str) -> tuple[str, ...]:
    channel = desk.asterisk.world.channels.get(call)
    return tuple(m for p in channel.playing for m in p.media) if channel else ()


async def key_in(desk: Desk, call: str, sound: str, keys: str) -> None:
    """Press `keys` while `sound` asks for them, once it does anew."""
    asked: list[str] = []

    def asked_anew() -> bool:
        found = desk.asterisk.world.channels[call].playing
        asked[:] = [p.id for p in found if f"sound:{sound}" in p.media]
        return bool(asked)

    def stopped() -> bool:
        channel = desk.asterisk.world.channels.get(call)
        return channel is None or asked[0] not in [p.id for p in channel.playing]

    await until(asked_anew)
    desk.asterisk.press(call, keys)
    await until(stopped)


async def confirmed(desk: Desk, call: str, sound: str) -> str:
    """The language in which `sound` confirms; then it ends."""
    await until(lambda: playing(desk, call) == (f"sound:{sound}",))
    channel = desk.asterisk.world.channels[call]
    language = channel.playing[0].language
    desk.asterisk.world.finish(channel, channel.playing[0], "done")
    return language


async def test_who_keys_in_extension_and_pin_is_logged_in(desk: Desk, desks: Desks) -> None:
    call = desk.call("hlobby", "*77*")
    await key_in(desk, call, Phrase.ASK_EXTENSION, "101#")
    await key_in(desk, call, Phrase.ASK_PIN, "4711#")
    assert await confirmed(desk, call, Phrase.LOGGED_IN) == "nl", "in the language of the person"
    entry = await desk.ended(call)
    await desk.empty()
    assert desks.done == [("in", ANN.id, LOBBY.id)]
    assert (entry.outcome, entry.reason) == ("answered", "ended")
    assert (entry.caller_number, entry.caller_name) == ("", "Lobby")
    assert [(s.target_kind, s.target) for s in entry.segments] == [("service_code", "*77*")]


async def test_who_names_the_extension_is_asked_for_the_pin_alone(desk: Desk, desks: Desks) -> None:
    call = desk.call("hattic", "*77*101*")
    await key_in(desk, call, Phrase.ASK_PIN, "4711#")
    await confirmed(desk, call, Phrase.LOGGED_IN)
    entry = await desk.ended(call)
    assert desks.done == [("in", ANN.id, ATTIC.id)], "in place of Bob"
    assert entry.dialled == "*77*101*"


@pytest.mark.parametrize(
    "extension",
    [
        pytest.param("101", id="wrong PIN"),
        pytest.param("103", id="somebody without a PIN"),
        pytest.param("999", id="nobody"),
    ],
)
async def test_all_denials_are_alike(desk: Desk, desks: Desks, extension: str) -> None:
    call = desk.call("hlobby", f"*77*{extension}*")
    await key_in(desk, call, Phrase.ASK_PIN, "1111#")
    await key_in(desk, call, Phrase.ASK_PIN_AGAIN, "2222#")
    await key_in(desk, call, Phrase.ASK_PIN_AGAIN, "3333#")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("refused", "wrong_pin")
    spoken = desk.asterisk.world.sound_seconds
    spoken[f"sound:{Phrase.CALL_LATER}"] = LONG
    again = desk.call("hlobby", f"*77*{extension}*")
    blocked = (f"sound:{Phrase.SORRY}", f"sound:{Phrase.CALL_LATER}")
    await until(lambda: playing(desk, again) == blocked)
    desk.asterisk.hang_up(again)
    assert (await desk.ended(again)).reason == "caller_hung_up"
    assert desks.done == []
    await desk.empty()


async def test_who_keys_in_no_extension_is_not_asked_for_a_pin(desk: Desk, desks: Desks) -> None:
    call = desk.call("hlobby", "*77*")
    await key_in(desk, call, Phrase.ASK_EXTENSION, "#")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason, desks.done) == ("refused", "no_input", [])


@pytest.mark.parametrize(
    ("endpoint", "done"),
    [
        pytest.param("hattic", [("out", BOB.id, ATTIC.id)], id="used"),
        pytest.param("hlobby", [], id="used by nobody"),
    ],
)
async def test_logging_out_needs_no_pin(
    desk: Desk, desks: Desks, endpoint: str, done: list[object]
) -> None:
    call = desk.call(endpoint, "*77*5*")
    await confirmed(desk, call, Phrase.LOGGED_OFF)
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason, desks.done) == ("answered", "ended", done)


async def test_what_cannot_be_done_is_not_confirmed(desk: Desk, desks: Desks) -> None:
    desks.error = Unavailable("away")
    call = desk.call("hlobby", "*77*101*")
    await key_in(desk, call, Phrase.ASK_PIN, "4711#")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("failed_us", "internal_error")
    assert not entry.answered_at


async def test_a_phone_of_a_person_is_no_hot_desk(desk: Desk, desks: Desks) -> None:
    entry = await desk.ended(desk.call("u101x0", "*77*101*"))
    assert (entry.outcome, desks.done) == ("refused", [])


async def test_an_unused_phone_calls_nobody_but_for_help(desk: Desk) -> None:
    entry = await desk.ended(desk.call("hlobby", "101"))
    assert (entry.outcome, entry.reason) == ("refused", "not_logged_in")
    assert desk.posted == [], "that is no event"
    call = desk.call("hlobby", "112")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert (entry.outcome, entry.direction, entry.caller_name) == ("answered", "outbound", "Lobby")
    assert [e.message for e in desk.posted] == ["Lobby calls 112."]
    await desk.empty()


async def test_a_used_phone_is_one_more_of_its_user(desk: Desk) -> None:
    call = desk.call("hattic", "101")
    await desk.talking(call)
    assert desk.registry.calls_of(BOB.id) == 1
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert (entry.caller_number, entry.caller_name) == ("102", "User 102")
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    rung = {each.endpoint for each in desk.registry.calls()[0].legs.values()}
    assert {"u102x0", "hattic"} <= rung
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_a_call_goes_on_when_the_phone_changes_hands(desk: Desk) -> None:
    call = desk.call("hattic", "101")
    await desk.talking(call)
    people = tenant((ANN, BOB, NO_PIN))
    for user in (ANN.id, None):
        desk.plan = plan(with_desks(people, LOBBY, replace(ATTIC, user=user)))
        owner = desk.plan.endpoints["hattic"].ref
        assert owner == (user or ATTIC.id)
        assert desk.registry.calls_of(BOB.id) == 1
        assert desk.bridged(call) == 2
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert (entry.outcome, entry.caller_number) == ("answered", "102")


async def test_it_goes_on_too_when_the_orchestrator_restarts_meanwhile(desk: Desk) -> None:
    call = desk.call("hattic", "101")
    await desk.talking(call)
    desk.asterisk.refusing = True
    desk.asterisk.drop()
    await until(lambda: not desk.ari.connected)
    await desk.registry.close()
    desk.plan = plan(with_desks(tenant((ANN, BOB, NO_PIN)), LOBBY, replace(ATTIC, user=None)))
    desk.asterisk.refusing = False
    await until(lambda: desk.registry.get(call) is not None)
    assert desk.bridged(call) == 2
    assert desk.registry.calls_of(BOB.id) == 0, "the phone is not his any more"
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert (entry.outcome, entry.caller_number, entry.adopted) == ("answered", "102", True)
    await desk.empty()


async def test_an_unused_phone_transfers_nobody(desk: Desk) -> None:
    call = desk.call("hlobby", "112")
    await desk.talking(call)
    desk.asterisk.transfer(call, "101")
    await until(lambda: desk.asterisk.world.channels[call].transfer == ["channel_declined"])
    assert desk.bridged(call) == 2
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
