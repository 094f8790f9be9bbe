"""Trunks that register at their provider, with its challenges, on the real Asterisk."""

import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from orchestrator.asterisk.ami import AmiClient
from orchestrator.destinations.schemas import DestinationBody
from orchestrator.numbers.schemas import DidCreate
from orchestrator.tenants.model import Tenant
from orchestrator.trunks.rules import Registration
from orchestrator.trunks.schemas import TrunkCreate, TrunkOut, TrunkPatch
from orchestrator.trunks.watch import registering
from orchestrator.types import DestinationKind
from tests.asterisk.office import Office, Provider, next_provider_host, story, until, until_found
from tests.phones.phone import Account, Caller, SippPhone
from tests.phones.registrar import RegistrarPhone, accepted, contact_of, proves

OURS = "+31201234567"
OUTSIDE = Caller("+31612345678", "Grandma")


@pytest_asyncio.fixture
async def provider(office: Office) -> AsyncIterator[RegistrarPhone]:
    """A provider that knows one account, on an address that no trunk names."""
    known = Account(f"line{secrets.token_hex(3)}", secrets.token_hex(8))
    host = next_provider_host()
    async with RegistrarPhone(office.sip, office.folder, known, host=host) as phone:
        yield phone


async def subscribe(
    office: Office, provider: RegistrarPhone, *, name: str = "Provider", secret: str = ""
) -> TrunkOut:
    """Set the trunk up as an administrator does; with `secret` instead of the right one."""
    body = TrunkCreate(
        name=name,
        registration=Registration.OUTBOUND,
        host=provider.address.host,
        port=provider.address.port,
        username=provider.known.username,
        secret=secret or provider.known.password,
        caller_id=OURS,
    )
    trunk = await office.centrale.services.trunks.create(office.books.scope, body)
    await until(lambda: trunk.id in office.plan.trunks)
    return trunk


async def status(office: Office, trunk: TrunkOut) -> str:
    """How Asterisk sees the registration; empty when it knows of none."""
    node, wanted = office.centrale.node, registering(office.centrale.store.read_model.plan)
    async with AmiClient.connect(node.asterisk) as ami:
        found = await node.registrations.read(ami, wanted)
    return next((each.status for each in found if each.endpoint == trunk.endpoint), "")


async def until_status(office: Office, trunk: TrunkOut, wanted: str) -> None:
    async def reached() -> bool:
        return await status(office, trunk) == wanted

    await until_found(reached)


async def until_registered(provider: RegistrarPhone, *, count: int = 1) -> None:
    """Wait until the provider accepted `count` REGISTERs."""
    await provider.serving.until_sent("200 REGISTER", count=count)


async def leads_to_bob(office: Office, trunk: TrunkOut) -> SippPhone:
    """Lead our number on this trunk to Bob; his phone, registered."""
    bob = await office.hire("102")
    body = DidCreate(
        number=OURS,
        trunk=trunk.id,
        destination=DestinationBody(kind=DestinationKind.USER, ref=bob.user_id),
    )
    await office.centrale.services.dids.create(office.books.scope, body)
    await until(lambda: bool(office.plan.dids))
    return await office.desk(bob)


# -- registering -----------------------------------------------------------------------------


async def test_given_a_new_trunk_when_challenged_then_it_registers_with_its_credentials(
    office: Office, provider: RegistrarPhone
) -> None:
    trunk = await subscribe(office, provider)
    await until_registered(provider)
    await until_status(office, trunk, "Registered")
    naked, proven = provider.serving.received("REGISTER")
    assert "authorization" not in naked.headers
    assert proves(proven.headers["authorization"], "REGISTER", provider.known)
    assert provider.known.password not in proven.headers["authorization"]
    assert proven.caller == provider.known.username
    assert contact_of(proven).startswith(f"sip:{provider.known.username}@127.0.0.1:")
    assert ";line=" in contact_of(proven)


async def test_given_a_wrong_secret_when_refused_then_the_rest_works_and_a_new_secret_registers(
    office: Office, provider: RegistrarPhone
) -> None:
    trunk = await subscribe(office, provider, secret="mistyped")
    await provider.serving.until_sent("403 REGISTER")
    await until_status(office, trunk, "Rejected")
    assert not accepted(provider.serving)

    alice, bob = await office.desks("101", "102")
    answering = await bob.answer()
    call = await alice.call("102", talk_ms=100, ended_by="us")
    await call.finished()
    await answering.stop()
    await office.journal()

    patch = TrunkPatch(secret=provider.known.password)
    await office.centrale.services.trunks.update(office.books.scope, trunk.id, patch)
    await until_registered(provider)
    await until_status(office, trunk, "Registered")


@pytest.mark.parametrize("how", ["deleted", "disabled", "suspended"])
async def test_given_a_registered_trunk_when_it_is_no_more_then_it_unregisters(
    office: Office, provider: RegistrarPhone, how: str
) -> None:
    trunk = await subscribe(office, provider)
    await until_registered(provider)
    trunks, scope = office.centrale.services.trunks, office.books.scope
    if how == "deleted":
        await trunks.delete(scope, trunk.id)
    elif how == "disabled":
        await trunks.update(scope, trunk.id, TrunkPatch(disabled=True))
    else:
        await office.books.change(Tenant, scope.tenant, suspended=True)
    farewell = await provider.serving.until_received("REGISTER", count=3)
    await until_status(office, trunk, "")
    assert farewell.headers["expires"] == "0"
    if how != "deleted":  # Of a deleted trunk nobody knows the secret that the provider asks for.
        await until_registered(provider, count=2)


async def test_given_a_registered_trunk_when_another_is_added_then_it_does_not_register_anew(
    office: Office, provider: RegistrarPhone
) -> None:
    await subscribe(office, provider)
    await until_registered(provider)
    known = Account("other", secrets.token_hex(8))
    host = next_provider_host()
    async with RegistrarPhone(office.sip, office.folder, known, host=host) as second:
        await subscribe(office, second, name="Second")
        await until_registered(second)
        assert len(accepted(provider.serving)) == 1


# -- calls -----------------------------------------------------------------------------------


async def test_given_a_trunk_without_an_address_when_called_where_it_registered_then_bob_rings(
    office: Office, provider: RegistrarPhone
) -> None:
    trunk = await subscribe(office, provider)
    assert trunk.addresses == []
    await until_registered(provider)
    answering = await (await leads_to_bob(office, trunk)).answer(ring_ms=100)
    call = await provider.call(OURS, talk_ms=100, ended_by="us", caller=OUTSIDE)
    await call.finished()
    await answering.until_sent("200 BYE")
    await answering.stop()
    invite = answering.received("INVITE")[0]
    assert (invite.caller, invite.caller_name) == ("+31612345678", "Grandma")
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])
    assert (entry.direction.value, entry.dialled) == ("inbound", OURS)


async def test_given_the_same_sender_when_it_does_not_know_the_line_then_it_is_a_stranger(
    office: Office, provider: RegistrarPhone
) -> None:
    trunk = await subscribe(office, provider)
    await until_registered(provider)
    bob = await leads_to_bob(office, trunk)
    await bob.register(expires=0)
    host = provider.address.host
    async with SippPhone(office.sip, office.folder, name="stranger", host=host) as stranger:
        await stranger.call_refused(OURS, 401)
    await provider.call_refused(OURS, 480)
    (entry,) = await office.journal()  # The call by the line alone.
    assert entry.dialled == OURS


@pytest.mark.parametrize("proxy", [False, True])
async def test_given_a_provider_that_challenges_when_calling_out_then_the_call_authenticates(
    office: Office, proxy: bool
) -> None:
    known, host = Account("line", secrets.token_hex(8)), next_provider_host()
    async with RegistrarPhone(office.sip, office.folder, known, host=host, proxy=proxy) as far:
        trunk = await subscribe(office, far)
        await until_registered(far)
        await office.rule(Provider(trunk.id, trunk.endpoint, far))
        (alice,) = await office.desks("101")
        call = await alice.call("0612345678", talk_ms=100, ended_by="us")
        await call.finished()
        await far.serving.until_sent("200 BYE")
    naked, proven = far.serving.received("INVITE")
    header = "proxy-authorization" if proxy else "authorization"
    assert header not in naked.headers
    assert proves(proven.headers[header], "INVITE", known)
    assert (proven.user, proven.caller) == ("0612345678", OURS)
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("external", "0612345678", "caller_hung_up")],
    )


async def test_given_a_wrong_secret_when_calling_out_then_the_caller_hears_that_it_failed(
    office: Office, provider: RegistrarPhone
) -> None:
    trunk = await subscribe(office, provider, secret="mistyped")
    await office.rule(Provider(trunk.id, trunk.endpoint, provider))
    (alice,) = await office.desks("101")
    await alice.call_refused("0612345678", 503)
    (entry,) = await office.journal()
    assert story(entry) == (
        "failed_upstream",
        "trunk_refused",
        [("external", "0612345678", "trunk_refused")],
    )
