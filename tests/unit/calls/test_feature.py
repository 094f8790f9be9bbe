"""Dial codes that change something: the confirmation follows the change, and never a failure."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.errors import Denied, Unavailable
from orchestrator.forwarding.rules import Forwarding, Profile, Status
from orchestrator.hours.rules import Override, OverrideState, Schedule
from orchestrator.options.rules import DEFAULT_CODES, Code, Options
from orchestrator.types import TenantId
from tests.factories.plans import TENANT, person, plan, tenant
from tests.unit.calls.desk import Desk, at_desk, until

# Only the test ends such a sound: on a busy machine a short one would be over before we look.
LONG = 60.0


class Changes:
    """What was changed; `error` is raised instead, if there is one."""

    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []
        self.error: Exception | None = None

    async def set_status(self, tenant: TenantId, user: str, status: Status) -> None:
        self._note(tenant, user, status)

    async def set_queues(self, tenant: TenantId, user: str, logged_in: bool) -> None:
        self._note(tenant, user, logged_in)

    async def override_hours(
        self, tenant: TenantId, user: str, state: OverrideState | None
    ) -> None:
        self._note(tenant, user, state)

    async def report_room(self, tenant: TenantId, user: str, report: str) -> None:
        self._note(tenant, user, report)

    def _note(self, *what: object) -> None:
        if self.error is not None:
            raise self.error
        self.done.append(what)


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest_asyncio.fixture
async def desk(tmp_path: Path, changes: Changes) -> AsyncIterator[Desk]:
    options = Options(codes=DEFAULT_CODES | {Code.HOURS_OVERRIDE: "*64"})
    acme = tenant((person("101"), person("102")), options=options)
    async with at_desk(plan(acme), tmp_path, features=changes) as desk:
        desk.phones("u101x0", "u102x0")
        yield desk


@pytest.mark.parametrize(
    ("number", "change", "media"),
    [
        pytest.param("*30", Status.AVAILABLE, ("do-not-disturb", "de-activated"), id="available"),
        pytest.param("*31", Status.AWAY, ("extension", "is-set-to", "digits/1"), id="away"),
        pytest.param("*32", Status.DO_NOT_DISTURB, ("do-not-disturb", "activated"), id="dnd"),
        pytest.param(
            "*33", Status.CUSTOM_AVAILABLE, ("extension", "is-set-to", "digits/3"), id="custom 1"
        ),
        pytest.param(
            "*34", Status.CUSTOM_AWAY, ("extension", "is-set-to", "digits/4"), id="custom 2"
        ),
        pytest.param("*62", True, ("agent-loginok",), id="log in"),
        pytest.param("*63", False, ("agent-loggedoff",), id="log out"),
        pytest.param("*641", OverrideState.OPEN, ("hours", "activated"), id="forced open"),
        pytest.param("*642", OverrideState.CLOSED, ("hours", "de-activated"), id="forced closed"),
        pytest.param("*64", None, ("hours", "cancelled"), id="by schedule"),
        pytest.param("*682", "2", ("extension", "is-set-to", "digits/2"), id="room"),
    ],
)
async def test_the_change_is_made_for_the_caller_and_confirmed(
    desk: Desk, changes: Changes, number: str, change: object, media: tuple[str, ...]
) -> None:
    desk.asterisk.world.sound_seconds[f"sound:{media[0]}"] = LONG
    call = desk.call("u101x0", number)
    await until(lambda: bool(desk.asterisk.world.channels[call].playing))
    channel = desk.asterisk.world.channels[call]
    assert channel.state == "Up"
    assert channel.playing[0].media == tuple(f"sound:{each}" for each in media)
    desk.asterisk.world.finish(channel, channel.playing[0], "done")
    assert changes.done == [(TENANT, "user-101", change)]
    entry = await desk.ended(call)
    await desk.empty()
    assert (entry.outcome, entry.reason) == ("answered", "ended")
    (step,) = entry.segments
    assert (step.target_kind, step.target, step.reason) == ("service_code", number, "ended")


@pytest.mark.parametrize(
    "mine",
    [
        pytest.param(
            Forwarding(
                Status.AWAY,
                profiles={Status.AWAY: Profile(Status.AWAY, leave_queues=True)},
            ),
            id="by status",
        ),
        pytest.param(Forwarding(leave_queues_when_closed=True), id="by hours"),
    ],
)
async def test_whoever_is_kept_out_of_the_queues_hears_that_the_log_in_does_not_count_yet(
    tmp_path: Path, changes: Changes, mine: Forwarding
) -> None:
    closed = Schedule(overrides=(Override(OverrideState.CLOSED),))
    acme = tenant((person("101", forwarding=mine, hours=closed),))
    async with at_desk(plan(acme), tmp_path, features=changes) as desk:
        desk.phones("u101x0")
        desk.asterisk.world.sound_seconds["sound:agent-loggedoff"] = LONG
        call = desk.call("u101x0", "*62")
        await until(lambda: bool(desk.asterisk.world.channels[call].playing))
        channel = desk.asterisk.world.channels[call]
        assert channel.playing[0].media == ("sound:agent-loggedoff",)
        desk.asterisk.world.finish(channel, channel.playing[0], "done")
        assert changes.done == [(TENANT, "user-101", True)]
        assert (await desk.ended(call)).outcome == "answered"


async def test_what_was_taken_from_a_minibar_is_repeated_and_is_an_event(
    desk: Desk, changes: Changes
) -> None:
    desk.asterisk.world.sound_seconds["sound:digits/2"] = LONG
    call = desk.call("u101x0", "*68*12*3*7*1")
    await until(lambda: bool(desk.asterisk.world.channels[call].playing))
    channel = desk.asterisk.world.channels[call]
    media = channel.playing[0].media
    desk.asterisk.world.finish(channel, channel.playing[0], "done")
    assert media == (
        "sound:digits/1",
        "sound:digits/2",
        "sound:digits/3",
        "sound:digits/7",
        "sound:digits/1",
        "sound:added",
    )
    assert changes.done == [(TENANT, "user-101", "*12*3*7*1")]
    assert (await desk.ended(call)).reason == "ended"
    (event,) = desk.posted
    assert (event.type.value.number, event.tenant) == (4104, TENANT)
    assert event.message == "Room 101: 3 of 12 taken, 1 of 7 taken."


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        pytest.param(Denied("no"), ("refused", "not_allowed"), id="not allowed"),
        pytest.param(Unavailable("away"), ("failed_us", "internal_error"), id="no database"),
        pytest.param(TimeoutError(), ("failed_us", "internal_error"), id="too slow"),
    ],
)
async def test_what_cannot_be_done_is_refused_without_an_answer(
    desk: Desk, changes: Changes, error: Exception, verdict: tuple[str, str]
) -> None:
    changes.error = error
    call = desk.call("u101x0", "*32")
    entry = await desk.ended(call)
    await desk.empty()
    assert changes.done == []
    assert (entry.outcome, entry.reason) == verdict
    assert not entry.answered_at


async def test_whoever_hangs_up_during_the_confirmation_has_made_the_change(
    desk: Desk, changes: Changes
) -> None:
    desk.asterisk.world.sound_seconds["sound:do-not-disturb"] = 5.0
    call = desk.call("u101x0", "*32")
    await until(lambda: bool(desk.asterisk.world.channels[call].playing))
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    await desk.empty()
    assert changes.done
    assert entry.outcome == "answered"


async def test_the_billing_code_is_in_the_journal(desk: Desk) -> None:
    call = desk.call("u101x0", "102**3265")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert (entry.dialled, entry.billing_code) == ("102**3265", "3265")
    assert [step.target for step in entry.segments] == ["102"]
