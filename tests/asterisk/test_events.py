"""Real calls leave their lines in the event log, as the customer reads them."""

import pytest

from orchestrator.errors import NotFound
from orchestrator.events.rules import Events
from orchestrator.events.schemas import EventOut, EventQuery
from tests.asterisk.office import Office, opened, until_found


async def events(office: Office, count: int = 1) -> list[EventOut]:
    """The customer's events, oldest first, once there are `count`; never more than that."""
    log, query = office.centrale.store.events, EventQuery(sort="at")

    async def written() -> bool:
        return len((await log.list(office.books.scope, query)).items) >= count

    await until_found(written)
    found = (await log.list(office.books.scope, query)).items
    assert len(found) == count
    return found


async def said(office: Office, event: Events, **details: str) -> EventOut:
    """The only event of the customer, which is `event` about the only call in the journal."""
    (found,) = await events(office)
    (entry,) = await office.journal()
    assert (found.number, found.level, found.tag) == (
        event.value.number,
        event.value.level,
        event.value.tag,
    )
    assert found.details == {"call": entry.id} | details
    return found


async def test_given_an_emergency_number_when_dialled_then_4099_is_there_before_the_call_ends(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.emergency("112")
    (alice,) = await office.desks("101")
    far = await provider.phone.answer()
    call = await alice.call("112", ended_by="us")
    await far.until_received("ACK")
    (early,) = await events(office)
    await call.hang_up()  # The event did not wait for the end of the call.
    await call.finished()
    await far.stop()
    found = await said(office, Events.EMERGENCY_DIALLED, caller="101", dialled="112")
    assert found == early
    assert (found.number, found.message) == (4099, "101 User 101 calls 112.")


async def test_given_no_outbound_rule_when_dialled_then_30052(office: Office) -> None:
    (alice,) = await office.desks("101")
    await alice.call_refused("0612345678", 404)
    found = await said(office, Events.NO_OUTBOUND_RULE, caller="101", dialled="0612345678")
    assert found.number == 30052


async def test_given_a_person_who_may_not_call_out_when_dialling_then_30049(
    office: Office,
) -> None:
    await office.rule(await office.provider())
    alice = await office.desk(await office.hire("101", may_call_out=False))
    await alice.call_refused("0612345678", 403)
    found = await said(office, Events.EXTERNAL_DISABLED, caller="101", dialled="0612345678")
    assert found.number == 30049


@pytest.mark.parametrize("status", ["503 Service Unavailable", "403 Forbidden"])
async def test_given_a_provider_that_refuses_when_calling_out_then_12294(
    office: Office, status: str
) -> None:
    provider = await office.provider()
    await office.rule(provider)
    (alice,) = await office.desks("101")
    far = await provider.phone.refuse(status)
    await alice.call_refused("0612345678", 503)
    await far.stop()
    found = await said(office, Events.CALL_FAILED, caller="101", dialled="0612345678")
    assert (found.number, found.message) == (12294, "The provider refused the call.")


async def test_given_a_called_one_who_is_busy_when_calling_out_then_no_event(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider)
    (alice,) = await office.desks("101")
    far = await provider.phone.refuse("486 Busy Here")
    await alice.call_refused("0612345678", 486)
    await far.stop()
    await office.journal()
    await office.centrale.store.events.flush()
    await events(office, 0)


async def test_given_a_trunk_with_room_for_one_when_a_second_call_leaves_then_8193(
    office: Office,
) -> None:
    provider = await office.provider(max_calls=1)
    await office.rule(provider)
    alice, bob = await office.desks("101", "102")
    far = await provider.phone.answer()
    first = await alice.call("0612345678", ended_by="us")
    await far.until_received("ACK")
    await bob.call_refused("0612345679", 503)
    await first.hang_up()
    await far.stop()
    (found,) = await events(office)
    refused = (await office.journal(2))[1]
    assert (found.number, found.message) == (8193, "The trunk's limit of simultaneous calls.")
    assert found.details == {"call": refused.id, "caller": "102", "dialled": "0612345679"}


async def test_given_a_customer_with_room_for_one_when_a_second_calls_then_8193(
    office: Office,
) -> None:
    alice, bob, carol = await office.desks("101", "102", "103")
    await office.limit_calls(1)
    talking = await bob.answer()
    first = await alice.call("102", ended_by="us")
    await talking.until_received("ACK")
    await carol.call_refused("102", 503)
    await first.hang_up()
    await talking.stop()
    (found,) = await events(office)
    refused = (await office.journal(2))[1]
    assert (found.number, found.message) == (8193, "The limit of simultaneous calls.")
    assert found.details == {"call": refused.id, "caller": "103", "dialled": "102"}


async def test_given_two_customers_when_one_has_an_event_then_the_other_does_not_see_it(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("neighbour")
    async with opened(office.centrale, folder) as neighbour:
        (alice,) = await office.desks("101")
        await alice.call_refused("0612345678", 404)
        (found,) = await events(office)
        await events(neighbour, 0)
        with pytest.raises(NotFound):
            await office.centrale.store.events.get(neighbour.books.scope, found.id)
        await office.journal()
