"""Department menus with real phones: what callers hear at each state, in which language, and where
they go. Sounds of a language are tones of their own."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from orchestrator.bootstrap import Running
from orchestrator.departments.schemas import DepartmentCreate, DepartmentPatch
from orchestrator.forwarding.rules import Status
from orchestrator.hours.rules import HoursState, state_at
from orchestrator.hours.schemas import HolidayCreate, OverrideBody
from orchestrator.types import DestinationKind
from tests.asterisk.forwarding import hired, status
from tests.asterisk.groups import DID, add_sound, did_to, open_group, open_menu
from tests.asterisk.office import Colleague, Office, story, until
from tests.asterisk.test_hours import AROUND_NOW, FAR_FROM_NOW, RINGING, days_from_now
from tests.asterisk.together import talk
from tests.phones.baresip import BaresipPhone

WORDS, WORDS_ES, HOLIDAY, SORRY_ES, NAME_ES, CALLER, MEMBER = (
    1000.0,
    1250.0,
    850.0,
    1500.0,
    1750.0,
    550.0,
    700.0,
)
TONES = (WORDS, WORDS_ES, HOLIDAY, SORRY_ES)


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def sounds(centrale: Running) -> None:
    """`words` in Spanish and in no language at all; two of the product's own sounds in Spanish."""
    add_sound(centrale, "groups/words", WORDS)
    add_sound(centrale, "groups/holiday", HOLIDAY)
    add_sound(centrale, "groups/words", WORDS_ES, language="es")
    add_sound(centrale, "vm-nobodyavail", SORRY_ES, language="es")
    add_sound(centrale, "priv-callpending", NAME_ES, language="es")
    add_sound(centrale, "followme/options", NAME_ES, language="es")


def route(who: Colleague | None, prompt: str | None = None) -> dict[str, object]:
    to = {"kind": "user", "ref": who.user_id} if who else {"kind": "end_call"}
    return {"destination": to, "prompt": prompt}


async def spanish(office: Office) -> str:
    """A department that speaks Spanish; its id."""
    services, scope = office.centrale.services, office.books.scope
    made = await services.departments.create(scope, DepartmentCreate(name="Ventas", language="es"))
    await until(lambda: made.id in office.plan.departments)
    return made.id


async def state(office: Office, department: str, wanted: HoursState) -> None:
    def now() -> HoursState:
        return state_at(office.plan.departments[department].hours, datetime.now(UTC)).state

    await until(lambda: now() is wanted)


async def caller_of(office: Office, department: str) -> BaresipPhone:
    """Somebody of the outside world whose DID leads to the menu."""
    await did_to(office, DestinationKind.DEPARTMENT, department)
    return await office.outsider(CALLER)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_given_office_hours_when_the_did_is_called_then_its_words_are_heard_and_it_goes_on(
    office: Office, language: str
) -> None:
    bob = await office.hire("102")
    department = await spanish(office)
    services, scope = office.centrale.services, office.books.scope
    await services.departments.update(scope, department, DepartmentPatch(language=language))
    await until(lambda: office.plan.departments[department].language == language)
    await open_menu(
        office,
        department,
        periods=days_from_now(*AROUND_NOW),
        routes={"open": route(bob, "groups/words"), "closed": route(None)},
    )
    caller, member = await caller_of(office, department), await office.speaker(bob, MEMBER)
    await caller.dial(DID)
    words = WORDS_ES if language == "es" else WORDS
    await member.until_line("INCOMING")
    assert await caller.until_hears(words, among=TONES) == {words}
    await member.answer()
    await talk(caller, member)
    await member.hang_up()
    await caller.until_idle()
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "callee_hung_up",
        [
            ("department", "600", "forwarded"),
            ("announcement", "groups/words", "forwarded"),
            ("user", "102", "callee_hung_up"),
        ],
    )


async def test_given_closed_and_no_route_for_it_then_the_menu_regrets_in_its_language(
    office: Office,
) -> None:
    department = await spanish(office)
    bob = await office.hire("102")
    await open_menu(
        office,
        department,
        periods=days_from_now(*FAR_FROM_NOW),
        routes={"open": route(bob)},
    )
    await state(office, department, HoursState.CLOSED)
    caller = await caller_of(office, department)
    await caller.dial(DID)
    assert await caller.until_hears(SORRY_ES, among=TONES) == {SORRY_ES}
    await caller.until_idle()
    (entry,) = await office.journal()
    assert story(entry) == (
        "refused",
        "no_route",
        [("department", "600", "forwarded"), ("announcement", "vm-nobodyavail", "forwarded")],
    )


async def test_given_a_break_when_a_colleague_dials_the_menu_then_its_route_counts_too(
    office: Office,
) -> None:
    ann, bob = await hired(office, "101", "102")
    (department,) = office.plan.departments
    week = days_from_now(*AROUND_NOW)
    routes = {"break": route(bob), "open": route(None)}
    await open_menu(office, department, periods=week, breaks=week, routes=routes)
    await state(office, department, HoursState.BREAK)
    answering = await (await office.desk(bob)).answer(talk_ms=200, ended_by="us")
    await (await (await office.desk(ann)).call("600")).finished()
    await answering.stop()
    (entry,) = await office.journal()
    assert story(entry)[2] == [
        ("department", "600", "forwarded"),
        ("user", "102", "callee_hung_up"),
    ]


async def test_given_a_holiday_when_called_then_its_prompt_is_heard_and_its_route_taken(
    office: Office,
) -> None:
    bob = await office.hire("102")
    department = await spanish(office)
    routes = {"holiday": route(None, "groups/words"), "open": route(bob)}
    await open_menu(office, department, periods=days_from_now(*AROUND_NOW), routes=routes)
    today = datetime.now(UTC).date()
    body = {
        "name": "Feast",
        "first_day": today - timedelta(days=1),
        "last_day": today + timedelta(days=1),
        "department": department,
        "prompt": "groups/holiday",
    }
    services, scope = office.centrale.services, office.books.scope
    await services.holidays.create(scope, HolidayCreate.model_validate(body))
    await state(office, department, HoursState.HOLIDAY)
    caller = await caller_of(office, department)
    await caller.dial(DID)
    assert await caller.until_hears(HOLIDAY, among=TONES) == {HOLIDAY}
    await caller.until_idle()
    (entry,) = await office.journal()
    assert story(entry)[2] == [
        ("department", "600", "forwarded"),
        ("announcement", "groups/holiday", "forwarded"),
    ]


async def test_given_an_override_that_speaks_and_ends_then_no_route_counts(office: Office) -> None:
    bob = await office.hire("102")
    department = await spanish(office)
    await open_menu(office, department, routes={"open": route(bob)})
    services, scope = office.centrale.services, office.books.scope
    override = OverrideBody.model_validate({"state": "custom", "prompt": "groups/words"})
    await services.hours_overrides.put(scope, department, override)
    await state(office, department, HoursState.CLOSED)
    caller, silent = await caller_of(office, department), await (await office.desk(bob)).ring()
    await caller.dial(DID)
    assert await caller.until_hears(WORDS_ES, among=TONES) == {WORDS_ES}
    await caller.until_idle()
    await silent.stop()
    assert not silent.received("INVITE")
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "ended",
        [("department", "600", "forwarded"), ("announcement", "groups/words", "forwarded")],
    )


async def test_given_answer_after_then_the_caller_hears_ringing_first_and_may_give_up(
    office: Office,
) -> None:
    ann, bob = await hired(office, "101", "102")
    (department,) = office.plan.departments
    routes = {"open": route(bob, "groups/words")}
    await open_menu(office, department, answer_after=2, routes=routes)
    provider = await office.provider()
    await did_to(office, DestinationKind.DEPARTMENT, department)
    given_up = await provider.phone.call_cancelled(DID)
    await given_up.end_ringing()
    await given_up.finished()
    caller = await office.desk(ann)
    answering = await (await office.desk(bob)).answer(talk_ms=200, ended_by="us")
    call = await caller.call("600")
    await call.finished()
    await answering.stop()
    left, answered = await office.journal(2)
    assert story(left) == (
        "abandoned",
        "caller_hung_up",
        [("department", "600", "caller_hung_up")],
    )
    menu = answered.segments[0]
    assert menu.ended_at is not None
    assert (menu.ended_at - menu.started_at).total_seconds() > 1.9


async def test_given_a_menu_before_a_group_then_the_group_speaks_the_menus_language(
    office: Office,
) -> None:
    bob = await office.hire("102")
    department = await spanish(office)
    group = await open_group(office, [bob], greeting="groups/words")
    to_group = {"destination": {"kind": "ring_group", "ref": group}, "prompt": None}
    await open_menu(office, department, number=None, routes={"open": to_group})
    caller, member = await caller_of(office, department), await office.speaker(bob, MEMBER)
    await caller.dial(DID)
    await member.until_line("INCOMING")
    assert await caller.until_hears(WORDS_ES, among=TONES) == {WORDS_ES}
    await caller.until_hears(RINGING)
    await caller.hang_up()
    await member.until_event("CALL_CLOSED")
    (entry,) = await office.journal()
    assert story(entry)[2] == [
        ("department", "", "forwarded"),
        ("ring_group", "800", "caller_hung_up"),
    ]


async def test_given_services_of_ones_own_then_people_are_spoken_to_in_their_language(
    office: Office,
) -> None:
    ana = await office.hire("101", language="es")
    bob = await office.hire("102")
    add_sound(office.centrale, "do-not-disturb", WORDS_ES, language="es")
    spoken = await office.speaker(ana, CALLER)
    await spoken.dial("*32")
    await spoken.until_hears(WORDS_ES)
    await spoken.until_idle()
    assert bob.user_id in office.plan.people
    await office.journal()


async def test_given_a_screened_caller_then_who_is_called_hears_it_in_their_own_language(
    office: Office,
) -> None:
    ana = await office.hire("102", language="es")
    await office.did(DID, ana)
    await status(office, ana, Status.CUSTOM_AVAILABLE, screening=True)
    caller, member = await office.outsider(CALLER), await office.speaker(ana, MEMBER)
    await caller.dial(DID)
    await member.until_line("INCOMING", timeout=30)
    await member.answer()
    await member.until_hears(NAME_ES)
    await caller.hang_up()
    await asyncio.gather(member.until_idle(), caller.until_idle())
    await office.journal()
