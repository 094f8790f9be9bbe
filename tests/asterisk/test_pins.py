"""Calls out that wait for the PIN, on the real Asterisk: keyed in on a phone with sound."""

from orchestrator.events.schemas import EventQuery
from tests.asterisk.office import Office, until_found
from tests.phones.baresip import BaresipPhone

OUTSIDE = "0612345678"


async def protected(office: Office) -> BaresipPhone:
    """The phone of somebody whose calls out wait for the PIN 4711."""
    who = await office.hire("101", pin="4711", pin_protected=True, pin_seconds=60)
    return await office.speaker(who, 440)


async def test_given_calls_out_that_wait_when_the_pin_is_keyed_in_then_they_go(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    phone = await protected(office)

    await phone.dial(OUTSIDE)
    await until_found(lambda: phone.hears_music(but=(440,)))
    await phone.until_received("403 INVITE")
    await phone.until_idle()

    await phone.dial("777")
    await phone.until_line("ESTABLISHED")
    await until_found(lambda: phone.hears_music(but=(440,)))
    await phone.press("4711#")
    await phone.until_idle()

    far = await provider.phone.answer()
    await phone.dial(OUTSIDE)
    await phone.until_line("ESTABLISHED")
    await phone.hang_up()
    await far.until_sent("200 BYE")
    await far.stop()
    refused, unlocked, made = await office.journal(3)
    assert (refused.verdict, refused.reason) == ("refused", "pin_required")
    assert (unlocked.verdict, unlocked.reason) == ("answered", "ended")
    assert [(s.destination_kind, s.destination_number) for s in unlocked.segments] == [
        ("service_code", "777")
    ]
    assert (made.verdict, made.reason) == ("answered", "caller_hung_up")
    events = office.centrale.services.events

    async def told() -> bool:
        found = await events.list(office.books.scope, EventQuery(number=30049))
        return [each.details["dialled"] for each in found.items] == [OUTSIDE]

    await until_found(told)


async def test_given_wrong_pins_when_three_were_keyed_in_then_no_more_are_taken_but_help_is_reached(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    await office.emergency("112")
    phone = await protected(office)

    await phone.dial("777")
    await phone.until_line("ESTABLISHED")
    while await phone.lines():
        await phone.press("0815#")
    await phone.until_idle()
    await phone.dial("777")
    await phone.until_line("ESTABLISHED")
    await phone.press("4711#")
    await phone.until_idle()
    far = await provider.phone.answer()
    await phone.dial("112")
    await phone.until_line("ESTABLISHED")
    await phone.hang_up()
    await far.until_sent("200 BYE")
    await far.stop()
    wrong, blocked, help_ = await office.journal(3)
    assert (wrong.verdict, wrong.reason) == ("refused", "wrong_pin")
    assert (blocked.verdict, blocked.reason) == ("refused", "wrong_pin")
    assert help_.verdict == "answered"
    registry = office.centrale.node.registry
    assert not registry.calls_out_open(next(iter(office.plan.people)))
