"""Calls to the outside world by rules with several routes, with real providers."""

import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from orchestrator.bootstrap import running
from orchestrator.events.schemas import EventOut, EventQuery
from orchestrator.hours.model import HoursSchedule
from orchestrator.options.model import TenantOptions
from orchestrator.settings import SmtpSecurity
from orchestrator.tenants.model import Tenant
from orchestrator.trunks.rules import Registration
from tests.asterisk.office import (
    Colleague,
    Office,
    Provider,
    codes,
    next_provider_host,
    opened,
    story,
    until,
    until_found,
)
from tests.phones.phone import Account, SippPhone
from tests.phones.registrar import RegistrarPhone
from tests.phones.wire import Message
from tests.smtp import mail_server
from tests.stack import settings_for

NUMBER = "0612345678"


async def two_ways(office: Office, **of_first: object) -> tuple[Provider, Provider]:
    """A rule with a route by each of two providers."""
    first = await office.provider(name="First", **of_first)
    second = await office.provider(name="Second")
    await routed(office, first, second)
    return first, second


async def routed(office: Office, *providers: Provider, **columns: object) -> None:
    before = len(office.plan.outbound_rules)
    await office.books.add_rule(*(each.trunk_id for each in providers), **columns)
    await until(lambda: len(office.plan.outbound_rules) > before)


async def events(office: Office, number: int, count: int = 1) -> list[EventOut]:
    """The customer's events with `number`, once there are `count`."""
    service = office.centrale.store.events
    query = EventQuery(number=number)

    async def written() -> bool:
        return len((await service.list(office.books.scope, query)).items) >= count

    await until_found(written)
    return (await service.list(office.books.scope, query)).items


@contextmanager
def silence(phone: SippPhone) -> Iterator[None]:
    """A provider that takes what comes and never says a word."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((phone.address.host, phone.address.port))
        yield


async def talked(office: Office, alice: SippPhone, provider: Provider, number: str) -> Message:
    """Alice calls `number` and talks with somebody behind `provider`: the INVITE it got."""
    far = await provider.phone.answer(ring_ms=100)
    call = await alice.call(number, talk_ms=100, ended_by="us")
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()
    (invite,) = far.received("INVITE")
    return invite


async def caller(office: Office, **columns: object) -> tuple[Colleague, SippPhone]:
    who = await office.hire("101", **columns)
    return who, await office.desk(who)


# -- the next route --------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["503 Service Unavailable", "403 Forbidden", "500 Oops"])
async def test_given_a_provider_that_fails_when_calling_out_then_the_next_one_takes_the_call(
    office: Office, status: str
) -> None:
    first, second = await two_ways(office)
    _, alice = await caller(office)
    failing = await first.phone.refuse(status)
    await talked(office, alice, second, NUMBER)
    await failing.stop()
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("external", NUMBER, "trunk_refused"), ("external", NUMBER, "caller_hung_up")],
    )
    (event,) = await events(office, 12289)
    assert (event.details["trunk"], event.details["next_trunk"], event.details["reason"]) == (
        first.trunk_id,
        second.trunk_id,
        "trunk_refused",
    )


async def test_given_a_trunk_that_is_not_registered_when_calling_out_then_it_is_passed_over(
    office: Office,
) -> None:
    wrong = Account("line1", "mistyped")
    registrar = RegistrarPhone(
        office.sip, office.folder, Account("line1", "right"), host=next_provider_host()
    )
    async with registrar:
        trunk = await office.books.add_trunk(
            registrar.address,
            name="First",
            registration=Registration.OUTBOUND,
            username=wrong.username,
            secret=wrong.password,
        )
        states = office.centrale.node.trunks
        await until(lambda: states.down(trunk.id) is not None, seconds=20)
        second = await office.provider(name="Second")
        await routed(office, Provider(trunk.id, trunk.endpoint, registrar), second)
        _, alice = await caller(office)
        await talked(office, alice, second, NUMBER)
        assert not registrar.serving.received("INVITE")
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == ["trunk_down", "caller_hung_up"]


async def test_given_a_provider_that_keeps_silent_when_calling_out_then_the_next_one_is_tried(
    office: Office,
) -> None:
    first, second = await two_ways(office)
    _, alice = await caller(office)
    with silence(first.phone):
        await talked(office, alice, second, NUMBER)
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == ["trunk_down", "caller_hung_up"]


async def test_given_a_slow_provider_that_lives_when_calling_out_then_it_is_waited_for(
    office: Office,
) -> None:
    first, _ = await two_ways(office)
    _, alice = await caller(office)
    slow = await first.phone.announce("486 Busy Here", early_ms=6500, sound=False)
    await alice.call_refused(NUMBER, 486)
    await slow.stop()
    (entry,) = await office.journal()
    assert story(entry) == ("refused", "busy", [("external", NUMBER, "busy")])


async def test_given_a_full_trunk_when_calling_out_then_the_next_one_takes_the_call(
    office: Office,
) -> None:
    first, second = await two_ways(office, max_calls=1)
    _, alice = await caller(office)
    far = await first.phone.answer()
    talking = await alice.call("0611111111", ended_by="us")
    await far.until_received("ACK")
    await talked(office, alice, second, NUMBER)
    await talking.hang_up()
    await far.until_sent("200 BYE")
    await far.stop()
    entries = await office.journal(2)
    assert [[step.reason for step in entry.segments] for entry in entries] == [
        ["caller_hung_up"],
        ["trunk_full", "caller_hung_up"],
    ]


@pytest.mark.parametrize(
    ("status", "told", "reason"),
    [
        ("486 Busy Here", 486, "busy"),
        ("600 Busy Everywhere", 486, "busy"),
        ("480 Temporarily Unavailable", 480, "no_answer"),
        ("603 Decline", 486, "declined"),
        ("404 Not Found", 404, "unknown_number"),
    ],
)
async def test_given_what_is_no_fault_of_the_trunk_when_calling_out_then_no_other_is_tried(
    office: Office, status: str, told: int, reason: str
) -> None:
    first, second = await two_ways(office)
    _, alice = await caller(office)
    far = await first.phone.refuse(status)
    other = await second.phone.answer()
    await alice.call_refused(NUMBER, told)
    await far.stop()
    await other.stop()
    assert not other.received("INVITE")
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == [reason]


async def test_given_early_media_of_a_provider_that_then_fails_when_calling_then_it_just_rings(
    office: Office,
) -> None:
    first, second = await two_ways(office)
    _, alice = await caller(office)
    failing = await first.phone.announce("503 Service Unavailable", early_ms=2000)
    busy = await second.phone.refuse("486 Busy Here")
    messages = await alice.call_refused(NUMBER, 486)
    await failing.stop()
    await busy.stop()
    assert codes(messages) == [100, 180, 486], "no 183: the announcement is not heard"
    await office.journal()


async def test_given_all_routes_fail_when_calling_out_then_503_and_each_is_in_the_journal(
    office: Office,
) -> None:
    first, second = await two_ways(office)
    _, alice = await caller(office)
    runs = [await each.phone.refuse("503 Service Unavailable") for each in (first, second)]
    await alice.call_refused(NUMBER, 503)
    for run in runs:
        await run.stop()
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == ["trunk_refused", "trunk_refused"]
    await events(office, 12289)
    await events(office, 12294)


async def test_given_a_caller_who_gives_up_at_the_first_of_two_routes_then_nothing_goes_on(
    office: Office,
) -> None:
    first, second = await two_ways(office)
    _, alice = await caller(office)
    ringing, other = await first.phone.ring(), await second.phone.answer()
    call = await alice.call_cancelled(NUMBER)
    await ringing.until_sent("180")
    await call.end_ringing()
    await call.finished()
    await ringing.until_sent("487 INVITE")
    await ringing.stop()
    await other.stop()
    assert not other.received("INVITE")
    (entry,) = await office.journal()
    assert (entry.verdict, entry.reason) == ("abandoned", "caller_hung_up")


# -- the number and who calls ----------------------------------------------------------------


async def test_given_a_route_and_a_form_when_calling_out_then_the_number_leaves_as_both_make_it(
    office: Office,
) -> None:
    provider = await office.provider(number_format="e164")
    await office.books.change(Tenant, office.books.scope.tenant, country="NL")
    await until(lambda: office.plan.country == "NL")
    await routed(office, provider, prefixes=["9"], strip=1)
    _, alice = await caller(office)
    invite = await talked(office, alice, provider, "90201234567")
    assert invite.user == "+31201234567"
    (entry,) = await office.journal()
    assert (entry.dialled, entry.segments[0].destination_number) == ("90201234567", "+31201234567")


async def test_given_additions_and_a_caller_id_of_the_route_when_calling_out_then_both_are_sent(
    office: Office,
) -> None:
    provider = await office.provider(caller_id_out=[["+31(.*)", "0\\1"]])
    await routed(office, provider, prepend="77", append="99", caller_id="+31205550001")
    _, alice = await caller(office, outbound_caller_id="+31205550101")
    invite = await talked(office, alice, provider, NUMBER)
    assert (invite.user, invite.caller) == (f"77{NUMBER}99", "0205550001")
    await office.journal()


async def test_given_the_code_to_withhold_when_calling_out_then_the_network_may_not_show_who(
    office: Office,
) -> None:
    provider = await office.provider()
    await routed(office, provider)
    _, alice = await caller(office)
    invite = await talked(office, alice, provider, f"*5{NUMBER}")
    assert (invite.user, invite.caller, invite.caller_name) == (NUMBER, "anonymous", "Anonymous")
    assert invite.headers["privacy"] == "id"
    assert "+31201234500" in invite.headers["p-asserted-identity"]
    await office.journal()


# -- what may not be called ------------------------------------------------------------------


async def choose(office: Office, **areas: object) -> None:
    """Set areas of the customer's options."""
    before = office.plan.options
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(TenantOptions(**areas))
    await until(lambda: office.plan.options != before)


async def test_given_rules_for_some_and_against_others_when_calling_out_then_the_first_decides(
    office: Office,
) -> None:
    provider = await office.provider()
    await routed(office, name="No 0900", prefixes=["0900"], blocked=True)
    await routed(office, provider, name="Some", extensions="100,102-120")
    _, alice = await caller(office)
    boss = await office.desk(await office.hire("110"))
    await alice.call_refused(NUMBER, 404)
    await boss.call_refused("09001234", 403)
    await talked(office, boss, provider, NUMBER)
    reasons = [entry.reason for entry in await office.journal(3)]
    assert reasons == ["no_outbound_rule", "not_allowed", "caller_hung_up"]
    await events(office, 30052)
    await events(office, 30049)


async def test_given_somebody_who_calls_out_in_hours_only_when_they_are_over_then_it_is_refused(
    office: Office,
) -> None:
    provider = await office.provider()
    await routed(office, provider)
    who, alice = await caller(office, calls_out_in_hours_only=True)
    await talked(office, alice, provider, NUMBER)
    another_day = (datetime.now(UTC).weekday() + 3) % 7
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(HoursSchedule(user_id=who.user_id, periods=[[another_day, 0, 1440]]))
    await until(lambda: bool(office.plan.people[who.user_id].hours.periods))
    await alice.call_refused(NUMBER, 403)
    made, refused = await office.journal(2)
    assert (made.reason, refused.reason) == ("caller_hung_up", "outside_hours")


async def test_given_allowed_countries_when_calling_out_then_only_these_are_called(
    office: Office,
) -> None:
    provider = await office.provider()
    await routed(office, provider)
    await office.books.change(Tenant, office.books.scope.tenant, country="NL")
    await choose(office, outbound={"allowed_countries": ["NL"]})
    await until(lambda: office.plan.country == "NL")
    _, alice = await caller(office)
    await alice.call_refused("004930123456", 403)
    await talked(office, alice, provider, NUMBER)
    blocked, made = await office.journal(2)
    assert (blocked.reason, made.reason) == ("blocked_country", "caller_hung_up")
    await events(office, 12296)


# -- emergency -------------------------------------------------------------------------------


async def test_given_an_emergency_call_when_the_first_trunk_fails_then_the_next_takes_it(
    office: Office,
) -> None:
    first, second = await office.provider(name="First"), await office.provider(name="Second")
    await routed(office, first)
    await office.emergency("112")
    _, alice = await caller(office, may_call_out=False)
    failing = await first.phone.refuse("503 Service Unavailable")
    invite = await talked(office, alice, second, "112")
    await failing.stop()
    assert invite.user == "112"
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == ["trunk_refused", "caller_hung_up"]
    await events(office, 4099)


async def test_given_people_to_tell_when_somebody_calls_112_then_mail_and_phones_tell_them(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as leaving:
        mailbox = await leaving.enter_async_context(mail_server())
        home = leaving.enter_context(TemporaryDirectory(prefix="centrale-"))
        with_mail = settings_for(Path(home)).model_copy(
            update={
                "smtp_host": "127.0.0.1",
                "smtp_port": mailbox.port,
                "smtp_security": SmtpSecurity.NONE,
            }
        )
        centrale = await leaving.enter_async_context(running(with_mail))
        office = await leaving.enter_async_context(opened(centrale, tmp_path))
        provider = await office.provider()
        await office.emergency("112")
        _, alice = await caller(office, may_call_out=False)
        guard = await office.hire("102")
        desk = await office.desk(guard)
        told = {"mails": ["guard@example.test"], "call": [guard.user_id]}
        await choose(office, emergency=told)
        alerted = await desk.answer(ring_ms=100)
        await talked(office, alice, provider, "112")
        await alerted.until_received("BYE", timeout=40)
        await alerted.stop()
        await until(lambda: len(mailbox.messages) == 1)
        invite = alerted.received("INVITE")[0]
        assert (invite.caller, invite.caller_name) == ("101", "112: User 101")
        assert mailbox.messages[0]["Subject"] == "101 User 101 calls 112"
        stories = {entry.dialled: story(entry) for entry in await office.journal(2)}
        assert stories == {
            "112": ("answered", "caller_hung_up", [("external", "112", "caller_hung_up")]),
            "102": ("answered", "ended", [("user", "102", "ended")]),
        }
