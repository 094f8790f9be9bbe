"""Queues from the telephone: logging in by code and key, lamps, picking up, names of callers."""

from sqlalchemy import select

from orchestrator.forwarding.model import StatusProfile, UserStatus
from orchestrator.forwarding.rules import Status
from orchestrator.hours.model import HoursOverride
from orchestrator.hours.rules import OverrideState
from orchestrator.numbers.schemas import DidCreate
from orchestrator.options.model import TenantOptions
from orchestrator.options.rules import NameSource
from orchestrator.queues.agents import AgentState
from tests.asterisk.office import Office, story, until
from tests.asterisk.queues import is_in, open_queue, state
from tests.asterisk.test_presence import add
from tests.asterisk.together import receptionists, talk
from tests.phones.phone import Caller, SippPhone

NUMBER = "+31201234567"


async def dial(phone: SippPhone, code: str) -> None:
    """Dial a code, and hear it through."""
    await (await phone.call(code)).finished(30)


async def test_given_a_key_of_the_queues_then_it_shows_whether_the_log_in_counts(
    office: Office,
) -> None:
    watcher, who = await office.hire("100"), await office.hire("101")
    away = StatusProfile(user_id=who.user_id, status=Status.AWAY, leave_queues=True)
    await add(office, away)
    keys, phone = await office.keys(watcher), await office.desk(who)
    there, gone = await keys.subscribe("*62101"), await keys.subscribe("*63101")
    await keys.until_told(gone, "terminated", "confirmed")
    await dial(phone, "*62")
    await keys.until_told(there, "terminated", "confirmed")
    await keys.until_told(gone, "terminated", "confirmed", "terminated")
    await dial(phone, "*31")
    await keys.until_told(there, "terminated", "confirmed", "terminated")
    assert is_in(office, who), "the log-in itself stays"
    await dial(phone, "*30")
    await keys.until_told(there, "terminated", "confirmed", "terminated", "confirmed")
    async with office.books.database.transaction(office.books.scope) as session:
        row = await session.scalar(select(UserStatus).where(UserStatus.user_id == who.user_id))
        assert row is not None
        row.leave_queues_when_closed = True
    await add(office, HoursOverride(department_id=None, state=OverrideState.CLOSED))
    lit = ["terminated", "confirmed"]
    await keys.until_told(there, *lit, *lit, "terminated")
    await office.journal(3)


async def test_given_an_agent_whose_status_leaves_the_queues_then_callers_go_on_at_once(
    office: Office,
) -> None:
    ann, bob, carol = [await office.hire(number) for number in ("101", "102", "103")]
    await open_queue(office, [bob], no_answer={"kind": "user", "ref": carol.user_id})
    await add(office, StatusProfile(user_id=bob.user_id, status=Status.AWAY, leave_queues=True))
    silent, answering = await office.desk(bob), await office.desk(carol)
    await dial(silent, "*31")
    await until(lambda: office.plan.people[bob.user_id].forwarding.status is Status.AWAY)
    ringing = await answering.answer(ended_by="us")
    call = await (await office.desk(ann)).call("900")
    await call.until_sent("ACK", count=2)
    await ringing.hang_up()
    await call.finished()
    await ringing.stop()
    entries = await office.journal(2)
    queued = next(each for each in entries if each.dialled == "900")
    assert story(queued)[2] == [
        ("queue", "900", "nobody_available"),
        ("user", "103", "callee_hung_up"),
    ]


async def test_given_a_call_that_rings_at_an_agent_when_the_queue_is_picked_up_then_they_talk(
    office: Office,
) -> None:
    people = await receptionists(office, "101", "102", "103")
    ann, bob, carol = [
        await office.speaker(who, tone) for who, tone in zip(people, (440, 700, 1000), strict=True)
    ]
    await open_queue(office, [people[1]])
    await ann.dial("900")
    await bob.until_event("CALL_INCOMING")
    await carol.dial("*20*900")
    await bob.until_event("CALL_CLOSED")
    await talk(ann, carol)
    await ann.hang_up()
    await carol.until_idle()
    entries = await office.journal(2)
    call = next(each for each in entries if each.dialled == "900")
    assert story(call)[2] == [("queue", "900", "picked_up"), ("user", "103", "caller_hung_up")]


async def test_given_the_name_of_the_queue_is_wanted_then_agents_see_it_with_the_caller(
    office: Office,
) -> None:
    provider = await office.provider()
    ann = await office.hire("101")
    await add(office, TenantOptions(calls={"name_source": NameSource.QUEUE.value}))
    queue = await open_queue(office, [ann], name="Support")
    await until(lambda: office.plan.options.calls.name_source is NameSource.QUEUE)
    did = {"number": NUMBER, "destination": {"kind": "queue", "ref": queue}}
    await office.centrale.services.dids.create(office.books.scope, DidCreate.model_validate(did))
    await until(lambda: bool(office.plan.dids))
    ringing = await (await office.desk(ann)).answer(ended_by="us")
    call = await provider.phone.call(NUMBER, caller=Caller("+31612345678", "Grandma"))
    await until(lambda: state(office, ann) is AgentState.TALKING)
    await ringing.hang_up()
    await call.finished()
    await ringing.stop()
    assert ringing.received("INVITE")[0].caller_name == "Support: Grandma"
    (entry,) = await office.journal()
    assert entry.caller_name == "Grandma"
