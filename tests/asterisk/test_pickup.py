"""Calls that ring are picked up from other phones, on the real Asterisk."""

import pytest
from sqlalchemy import select

from orchestrator.people.model import Membership
from orchestrator.rights.rules import Right
from tests.asterisk.office import Colleague, Office, codes, story, until
from tests.asterisk.together import speakers, talk

_RIGHT = Right.DIVERT_TRANSFER_PICKUP.value


async def forbid(office: Office, who: Colleague) -> None:
    """Take the right to pick up away from somebody."""
    async with office.books.database.transaction(office.books.scope) as session:
        row = await session.scalar(select(Membership).where(Membership.user_id == who.user_id))
        assert row is not None
        row.overrides = {_RIGHT: False}
    await until(
        lambda: all(_RIGHT not in r for r in office.plan.people[who.user_id].rights.values())
    )


@pytest.mark.parametrize("number", ["*20*102", "*20*"])
async def test_given_a_ringing_call_when_picked_up_then_its_caller_talks_with_who_did(
    office: Office, number: str
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.until_event("CALL_INCOMING")
    await carol.dial(number)
    await bob.until_event("CALL_CLOSED")
    await alice.until_line("ESTABLISHED")
    await talk(alice, carol)
    await alice.hang_up()
    await carol.until_idle()
    call, picking = await office.journal(2)
    assert story(call) == (
        "answered",
        "caller_hung_up",
        [("user", "102", "picked_up"), ("user", "103", "caller_hung_up")],
    )
    assert story(picking)[:2] == ("answered", "picked_up")
    cancel = bob.received("CANCEL")[0]
    assert "200" in cancel.headers.get("reason", ""), "completed elsewhere: not a missed call"


async def test_given_a_caller_from_outside_when_picked_up_then_the_phone_shows_the_number(
    office: Office,
) -> None:
    provider = await office.provider()
    people = [await office.hire(number) for number in ("101", "102")]
    bob, carol = [await office.desk(who) for who in people]
    await office.did("+31201234567", people[0])
    ringing = await bob.ring()
    call = await provider.phone.call("+31201234567")
    await ringing.until_sent("180")
    picking = await carol.call("*20*101", talk_ms=500, ended_by="us")
    await picking.finished()
    await call.finished()
    await ringing.stop()
    answered = next(m for m in picking.received("200") if m.method == "INVITE")
    assert "p-asserted-identity" in answered.headers or "remote-party-id" in answered.headers
    entries = await office.journal(2)
    assert {str(entry.reason) for entry in entries} == {"picked_up", "callee_hung_up"}


async def test_given_nothing_rings_or_no_right_when_picked_up_then_refused(
    office: Office,
) -> None:
    people = [await office.hire(number) for number in ("101", "102", "103")]
    alice, bob, carol = [await office.desk(who) for who in people]
    nothing = await carol.call_refused("*20*102", 404)
    assert codes(nothing) == [100, 183, 404]
    await forbid(office, people[2])
    ringing = await bob.ring()
    call = await alice.call_cancelled("102")
    await ringing.until_sent("180")
    refused = await carol.call_refused("*20*102", 403)
    assert codes(refused) == [100, 183, 403]
    await call.end_ringing()
    await call.finished()
    await ringing.stop()
    reasons = [str(entry.reason) for entry in await office.journal(3)]
    assert sorted(reasons) == ["caller_hung_up", "nobody_waits", "not_allowed"]
