"""Which providers Asterisk asks by OPTIONS whether they are there, while trunks change."""

from orchestrator.asterisk.ami import AmiClient
from orchestrator.trunks.model import Trunk
from orchestrator.trunks.state import TrunkState
from tests.asterisk.office import Office, Provider, story, until_found

PATIENCE = 25.0
"""Seconds: until the watch looks, Asterisk asks, and the answer is overdue, on a busy machine."""


async def ask(office: Office, provider: Provider, *, seconds: int) -> None:
    """Have the provider asked this often; 1 is more often than the API lets anybody."""
    await office.books.change(Trunk, provider.trunk_id, qualify_seconds=seconds)


async def until_state(office: Office, provider: Provider, wanted: TrunkState) -> None:
    trunks = office.centrale.services.trunks

    async def reached() -> bool:
        return (await trunks.get(office.books.scope, provider.trunk_id)).state is wanted

    await until_found(reached, seconds=PATIENCE)


async def until_asterisk_thinks(office: Office, provider: Provider, *statuses: str) -> None:
    """Wait until that is what it says of the provider; of one that it does not know, nothing."""

    async def noticed() -> bool:
        async with AmiClient.connect(office.centrale.node.asterisk) as ami:
            return await ami.contact_statuses(provider.endpoint) == set(statuses)

    await until_found(noticed, seconds=PATIENCE)


async def test_given_a_trunk_that_is_asked_when_it_is_deleted_then_its_provider_hears_no_more(
    office: Office,
) -> None:
    gone, stays = [await office.provider(name=name) for name in ("Gone", "Stays")]
    leaving, staying = await gone.phone.answer(), await stays.phone.answer()
    for provider, waiting in ((gone, leaving), (stays, staying)):
        await ask(office, provider, seconds=1)
        await waiting.until_received("OPTIONS", count=2, timeout=PATIENCE)
    trunks, scope = office.centrale.services.trunks, office.books.scope
    await trunks.delete(scope, gone.trunk_id, (await trunks.get(scope, gone.trunk_id)).version)
    await until_asterisk_thinks(office, gone)
    # The other one, asked as often, is the clock; what was on its way may still come.
    heard = len(staying.received("OPTIONS"))
    await staying.until_received("OPTIONS", count=heard + 2, timeout=PATIENCE)
    last = len(leaving.received("OPTIONS"))
    await staying.until_received("OPTIONS", count=heard + 6, timeout=PATIENCE)
    assert len(leaving.received("OPTIONS")) == last
    await ask(office, stays, seconds=0)
    for waiting in (leaving, staying):
        await waiting.stop()


async def test_given_a_provider_that_never_answers_when_it_is_asked_no_more_then_it_gets_calls(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider)
    (alice,) = await office.desks("101")
    await ask(office, provider, seconds=1)
    await until_state(office, provider, TrunkState.UNREACHABLE)
    await until_asterisk_thinks(office, provider, "Unreachable")
    await ask(office, provider, seconds=0)
    await until_asterisk_thinks(office, provider, "NonQualified")
    far = await provider.phone.answer()
    call = await alice.call("0612345678", talk_ms=100, ended_by="us")
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("external", "0612345678", "caller_hung_up")],
    )


async def test_given_a_disabled_trunk_when_it_is_back_and_asked_no_more_then_asterisk_knows(
    office: Office,
) -> None:
    provider = await office.provider()
    await ask(office, provider, seconds=1)
    await until_state(office, provider, TrunkState.UNREACHABLE)
    await office.books.change(Trunk, provider.trunk_id, disabled=True)
    await until_state(office, provider, TrunkState.UNKNOWN)
    await until_asterisk_thinks(office, provider)
    await office.books.change(Trunk, provider.trunk_id, disabled=False, qualify_seconds=0)
    await until_asterisk_thinks(office, provider, "NonQualified")
