"""Office hours: where calls from outside go when the one who is called is open, closed, on a
break or on holiday, and what the caller hears.

Hours are set around the present instant, so that the real clock decides.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from orchestrator.bootstrap import Running
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.hours.rules import HoursState, Weekday, state_at
from orchestrator.hours.schemas import (
    DepartmentHoursBody,
    HolidayCreate,
    OverrideBody,
    UserHoursBody,
)
from orchestrator.numbers.model import Did
from orchestrator.types import DestinationKind
from tests.asterisk.office import Colleague, Office, Provider, codes, story, until
from tests.asterisk.telling import until_told
from tests.tones import sine, write_wav

DID = "+31201234567"
DAYS = tuple(Weekday)
CLOSED, HOLIDAY, OTHER, OUTSIDER, COLLEAGUE = 1000.0, 1250.0, 850.0, 550.0, 700.0
"""Hertz: of the prompts, of the caller, and of the colleague who is reached."""
RINGING = 425.0
"""Hertz of the ringing tone in the Netherlands."""
TONES = (CLOSED, HOLIDAY, OTHER, COLLEAGUE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def prompts(centrale: Running) -> None:
    """Sounds that are told apart by their tone."""
    assert centrale.node.embedded is not None
    folder = centrale.node.embedded.layout.data / "sounds" / "test"
    folder.mkdir(parents=True, exist_ok=True)
    for name, tone in (("closed", CLOSED), ("holiday", HOLIDAY), ("other", OTHER)):
        write_wav(folder / f"{name}.wav", sine(tone, 1.2))


def days_from_now(*offsets: int) -> list[dict[str, str]]:
    """Whole days of the week, counted from today in UTC."""
    today = datetime.now(UTC).weekday()
    return [
        {"weekday": DAYS[(today + offset) % 7], "start": "00:00", "end": "24:00"}
        for offset in offsets
    ]


AROUND_NOW, FAR_FROM_NOW = (-1, 0, 1), (3,)


def to(whom: Colleague | None, prompt: str | None = None) -> dict[str, object]:
    """A route to a colleague, or to the end of the call."""
    return {"destination": way(whom), "prompt": prompt}


def way(whom: Colleague | None) -> dict[str, str]:
    if whom is None:
        return {"kind": "end_call"}
    return {"kind": "user", "ref": whom.user_id}


@dataclass
class Branch:
    """An office with hours: `owner` (102) has the DID, `stand_in` (103) is where others go."""

    office: Office
    owner: Colleague
    stand_in: Colleague
    department: str

    def state(self) -> HoursState:
        return state_at(
            self.office.plan.departments[self.department].hours, datetime.now(UTC)
        ).state

    async def until(self, state: HoursState) -> None:
        await until(lambda: self.state() is state)

    async def hours(self, state: HoursState, **body: Any) -> None:
        """Set the week, and wait until calls know that it is `state`."""
        before = self.office.plan.departments[self.department]
        services, scope = self.office.centrale.services, self.office.books.scope
        week = DepartmentHoursBody.model_validate(body)
        await services.hours.set_department(scope, self.department, week)
        await until(lambda: self.office.plan.departments[self.department] != before)
        await self.until(state)

    async def holiday(self, **fields: Any) -> None:
        """A holiday that lasts from yesterday to tomorrow."""
        today = datetime.now(UTC).date()
        body = {
            "name": "Feast",
            "first_day": today - timedelta(days=1),
            "last_day": today + timedelta(days=1),
            "department": self.department,
        }
        services, scope = self.office.centrale.services, self.office.books.scope
        await services.holidays.create(scope, HolidayCreate.model_validate(body | fields))
        await self.until(HoursState.HOLIDAY)

    async def override(self, **fields: Any) -> None:
        hours = self.office.plan.departments[self.department].hours
        services, scope = self.office.centrale.services, self.office.books.scope
        body = OverrideBody.model_validate(fields)
        await services.hours_overrides.put(scope, self.department, body)
        await until(lambda: self.office.plan.departments[self.department].hours != hours)


@pytest_asyncio.fixture
async def branch(office: Office) -> AsyncIterator[Branch]:
    owner, stand_in = await office.hire("102"), await office.hire("103")
    await office.did(DID, owner)
    (department,) = office.plan.departments
    yield Branch(office, owner, stand_in, department)


async def reached(branch: Branch, whom: Colleague, provider: Provider | None = None) -> list[int]:
    """Call the DID; `whom` answers and hangs up. The answers that the caller got."""
    provider = provider or await branch.office.provider()
    answering = await (await branch.office.desk(whom)).answer(
        ring_ms=50, talk_ms=100, ended_by="us"
    )
    call = await provider.phone.call(DID)
    messages = await call.finished()
    await answering.stop()
    assert answering.received("INVITE"), "the phone rang"
    return codes(messages)


# -- states ------------------------------------------------------------------------------------


async def test_given_office_hours_when_called_then_the_owner_rings(branch: Branch) -> None:
    routes = {"closed": to(branch.stand_in), "break": to(branch.stand_in)}
    await branch.hours(HoursState.OPEN, periods=days_from_now(*AROUND_NOW), routes=routes)
    assert await reached(branch, branch.owner) == [100, 180, 200]
    (entry,) = await branch.office.journal()
    assert story(entry) == ("answered", "callee_hung_up", [("user", "102", "callee_hung_up")])


@pytest.mark.usefixtures("prompts")
async def test_given_closed_when_called_then_the_prompt_is_heard_and_the_stand_in_rings(
    branch: Branch,
) -> None:
    routes = {"closed": to(branch.stand_in, "test/closed")}
    await branch.hours(HoursState.CLOSED, periods=days_from_now(*FAR_FROM_NOW), routes=routes)
    caller = await branch.office.outsider(OUTSIDER)
    colleague = await branch.office.speaker(branch.stand_in, COLLEAGUE)
    await caller.dial(DID)
    assert await caller.until_hears(CLOSED, among=TONES) == {CLOSED}
    await colleague.until_line("INCOMING")
    await caller.until_hears(RINGING)
    await colleague.answer()
    await caller.until_hears(COLLEAGUE)
    await colleague.until_hears(OUTSIDER)
    await colleague.hang_up()
    await caller.until_idle()
    (entry,) = await branch.office.journal()
    assert story(entry) == (
        "answered",
        "callee_hung_up",
        [("announcement", "test/closed", "forwarded"), ("user", "103", "callee_hung_up")],
    )
    announcement, talk = entry.segments
    assert announcement.answered_at is not None
    assert entry.answered_at == talk.answered_at, "the call is answered by a person"


async def test_given_a_break_when_called_then_its_route_counts(branch: Branch) -> None:
    await branch.hours(
        HoursState.BREAK,
        periods=days_from_now(*AROUND_NOW),
        breaks=days_from_now(*AROUND_NOW),
        routes={"break": to(branch.stand_in), "closed": to(None)},
    )
    assert await reached(branch, branch.stand_in) == [100, 180, 200]
    (entry,) = await branch.office.journal()
    assert story(entry)[2] == [("user", "103", "callee_hung_up")]


@pytest.mark.usefixtures("prompts")
async def test_given_a_holiday_with_a_prompt_of_its_own_when_called_then_that_one_is_heard(
    branch: Branch,
) -> None:
    routes = {"holiday": to(None, "test/closed"), "closed": to(branch.stand_in)}
    await branch.hours(HoursState.OPEN, periods=days_from_now(*AROUND_NOW), routes=routes)
    await branch.holiday(prompt="test/holiday")
    caller = await branch.office.outsider(OUTSIDER)
    await caller.dial(DID)
    assert await caller.until_hears(HOLIDAY, among=TONES) == {HOLIDAY}
    await caller.until_idle()
    (entry,) = await branch.office.journal()
    assert story(entry) == ("answered", "ended", [("announcement", "test/holiday", "forwarded")])


async def test_given_no_route_for_it_when_called_then_it_rings_as_in_office_hours(
    branch: Branch,
) -> None:
    await branch.hours(HoursState.CLOSED, periods=days_from_now(*FAR_FROM_NOW))
    assert await reached(branch, branch.owner) == [100, 180, 200]
    await branch.office.journal()


# -- overrides ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over_holidays", "state"), [(True, HoursState.OPEN), (False, HoursState.HOLIDAY)]
)
async def test_given_forced_open_on_a_holiday_when_called_then_it_may_count_or_give_way(
    branch: Branch, over_holidays: bool, state: HoursState
) -> None:
    routes = {"holiday": to(branch.stand_in)}
    await branch.hours(HoursState.OPEN, periods=days_from_now(*AROUND_NOW), routes=routes)
    await branch.holiday()
    await branch.override(state="open", over_holidays=over_holidays)
    await branch.until(state)
    expected = branch.owner if over_holidays else branch.stand_in
    assert await reached(branch, expected) == [100, 180, 200]
    await branch.office.journal()


@pytest.mark.usefixtures("prompts")
async def test_given_an_override_with_its_own_way_when_called_then_it_goes_before_all_others(
    branch: Branch,
) -> None:
    routes = {"closed": to(None), "holiday": to(None)}
    await branch.hours(HoursState.CLOSED, periods=days_from_now(*FAR_FROM_NOW), routes=routes)
    await branch.holiday(prompt="test/holiday")
    await branch.override(state="custom", destination=way(branch.stand_in), prompt="test/other")
    caller = await branch.office.outsider(OUTSIDER)
    colleague = await branch.office.speaker(branch.stand_in, COLLEAGUE)
    await caller.dial(DID)
    assert await caller.until_hears(OTHER, among=TONES) == {OTHER}
    await colleague.answer()
    await caller.until_hears(COLLEAGUE)
    await caller.hang_up()
    await colleague.until_idle()
    (entry,) = await branch.office.journal()
    assert story(entry)[2] == [
        ("announcement", "test/other", "forwarded"),
        ("user", "103", "caller_hung_up"),
    ]


async def test_given_an_override_that_expires_when_called_afterwards_then_the_hours_count(
    branch: Branch,
) -> None:
    routes = {"closed": {"destination": {"kind": "busy"}}}
    await branch.hours(HoursState.OPEN, periods=days_from_now(*AROUND_NOW), routes=routes)
    provider = await branch.office.provider()
    await branch.override(state="closed", duration=3600)
    await provider.phone.call_refused(DID, 486)
    await branch.override(state="closed", duration=1)
    await branch.until(HoursState.OPEN)
    assert await reached(branch, branch.owner, provider) == [100, 180, 200]
    forced, free = await branch.office.journal(2)
    assert story(forced) == ("refused", "busy", [])
    assert story(free)[2] == [("user", "102", "callee_hung_up")]


# -- whose hours -------------------------------------------------------------------------------


async def test_given_a_did_with_its_own_way_when_closed_then_that_goes_before_the_departments(
    branch: Branch,
) -> None:
    number = "+31201234568"
    did = Did(
        number=number,
        destination_kind=DestinationKind.USER,
        destination_ref=branch.owner.user_id,
        closed={"kind": "busy", "ref": ""},
    )
    async with branch.office.books.database.transaction(branch.office.books.scope) as session:
        session.add(did)
    await until(lambda: len(branch.office.plan.dids) == 2)
    routes = {"closed": to(branch.stand_in)}
    await branch.hours(HoursState.CLOSED, periods=days_from_now(*FAR_FROM_NOW), routes=routes)
    provider = await branch.office.provider()
    await provider.phone.call_refused(number, 486)
    assert await reached(branch, branch.stand_in, provider) == [100, 180, 200]
    assert [story(entry)[0] for entry in await branch.office.journal(2)] == ["refused", "answered"]


async def test_given_a_trunk_of_a_closed_department_when_called_then_the_destinations_decides(
    branch: Branch,
) -> None:
    """And the other way round: an open trunk does not open who is called."""
    services, scope = branch.office.centrale.services, branch.office.books.scope
    other = await services.departments.create(scope, DepartmentCreate(name="Other"))
    closed = DepartmentHoursBody.model_validate(
        {"periods": days_from_now(*FAR_FROM_NOW), "routes": {"closed": {"destination": way(None)}}}
    )
    await until(lambda: other.id in branch.office.plan.departments)
    await services.hours.set_department(scope, other.id, closed)
    await until(lambda: bool(branch.office.plan.departments[other.id].routes))
    provider = await branch.office.provider(department_id=other.id)
    answering = await (await branch.office.desk(branch.owner)).answer(talk_ms=100, ended_by="us")
    await (await provider.phone.call(DID)).finished()
    await answering.stop()
    (entry,) = await branch.office.journal()
    assert story(entry)[2] == [("user", "102", "callee_hung_up")]


async def test_given_a_person_with_own_hours_when_called_then_those_count(branch: Branch) -> None:
    routes = {"closed": to(branch.stand_in)}
    await branch.hours(HoursState.OPEN, periods=days_from_now(*AROUND_NOW), routes=routes)
    services, scope = branch.office.centrale.services, branch.office.books.scope
    body = UserHoursBody.model_validate({"periods": days_from_now(*FAR_FROM_NOW)})
    user = branch.owner.user_id
    await services.hours.set_user(scope, user, body)
    await until(lambda: len(branch.office.plan.people[user].hours.periods) == 1)
    assert await reached(branch, branch.stand_in) == [100, 180, 200]
    await branch.office.journal()


async def test_given_closed_when_a_colleague_calls_then_hours_do_not_count(branch: Branch) -> None:
    routes = {"closed": to(None)}
    await branch.hours(HoursState.CLOSED, periods=days_from_now(*FAR_FROM_NOW), routes=routes)
    answering = await (await branch.office.desk(branch.owner)).answer(talk_ms=100, ended_by="us")
    call = await (await branch.office.desk(branch.stand_in)).call("102")
    await call.finished()
    await answering.stop()
    (entry,) = await branch.office.journal()
    assert story(entry)[2] == [("user", "102", "callee_hung_up")]


# -- what may go wrong ---------------------------------------------------------------------------


async def test_given_a_prompt_that_vanished_when_closed_then_the_call_goes_on(
    branch: Branch,
) -> None:
    routes = {"closed": to(branch.stand_in, "test/vanished")}
    await branch.hours(HoursState.CLOSED, periods=days_from_now(*FAR_FROM_NOW), routes=routes)
    assert await reached(branch, branch.stand_in) == [100, 200]
    (entry,) = await branch.office.journal()
    assert story(entry)[2] == [
        ("announcement", "test/vanished", "forwarded"),
        ("user", "103", "callee_hung_up"),
    ]


@pytest.mark.usefixtures("prompts")
async def test_given_a_caller_who_hangs_up_during_the_prompt_then_nobody_rings(
    branch: Branch,
) -> None:
    routes = {"closed": to(branch.stand_in, "test/closed")}
    await branch.hours(HoursState.CLOSED, periods=days_from_now(*FAR_FROM_NOW), routes=routes)
    answering = await (await branch.office.desk(branch.stand_in)).answer()
    provider = await branch.office.provider()
    call = await provider.phone.call(DID, ended_by="us")
    await until_told(branch.office, "test/closed")
    await call.hang_up()
    (entry,) = await branch.office.journal()
    await answering.stop()
    assert not answering.received("INVITE")
    assert story(entry) == (
        "abandoned",
        "caller_hung_up",
        [("announcement", "test/closed", "caller_hung_up")],
    )
