"""A provider that is an Asterisk of its own: we register there, call out, and are called."""

import secrets
import tempfile
from pathlib import Path

import pytest

from orchestrator.bootstrap import running
from orchestrator.destinations.schemas import DestinationBody
from orchestrator.numbers.schemas import DidCreate
from orchestrator.routing.schemas import OutboundRuleCreate, RouteBody
from orchestrator.trunks.rules import Registration, Transport
from orchestrator.trunks.schemas import TrunkCreate, TrunkOut
from orchestrator.types import DestinationKind
from tests.asterisk.office import Office, next_provider_host, opened, story, until, until_found
from tests.phones.carrier import ECHO, Carrier, carrier
from tests.phones.certificate import certificate
from tests.phones.phone import Account
from tests.stack import settings_for

OURS = "31201234567"


def account() -> Account:
    return Account(f"line{secrets.token_hex(3)}", secrets.token_hex(8))


async def subscribe(
    office: Office, provider: Carrier, known: Account, *, transport: Transport, srtp: bool
) -> TrunkOut:
    """Set up the trunk and the rule for calls out, and wait until it is registered."""
    services, scope = office.centrale.services, office.books.scope
    trunk = await services.trunks.create(
        scope,
        TrunkCreate(
            name="Carrier",
            registration=Registration.OUTBOUND,
            host=provider.host,
            port=provider.sips.port if transport is Transport.TLS else provider.sip.port,
            transport=transport,
            username=known.username,
            secret=known.password,
            from_user=known.username,
            caller_id=f"+{OURS}",
            srtp=srtp,
        ),
    )
    await services.outbound_rules.create(
        scope,
        OutboundRuleCreate(name="Outside", prefixes=["0"], routes=[RouteBody(trunk=trunk.id)]),
    )
    await until(lambda: bool(office.plan.outbound_rules))
    await until_found(lambda: provider.registered(known))
    return trunk


@pytest.mark.parametrize(
    ("transport", "srtp"),
    [
        pytest.param(Transport.UDP, False, id="udp"),
        pytest.param(Transport.TCP, True, id="tcp-srtp"),
    ],
)
async def test_given_a_registered_trunk_when_calls_go_out_and_come_in_then_there_is_sound(
    office: Office, transport: Transport, srtp: bool
) -> None:
    known = account()
    bob = await office.hire("102")
    phone = await office.speaker(bob, 700)
    async with carrier(known, host=next_provider_host(), srtp=srtp) as provider:
        trunk = await subscribe(office, provider, known, transport=transport, srtp=srtp)
        destination = DestinationBody(kind=DestinationKind.USER, ref=bob.user_id)
        await office.centrale.services.dids.create(
            office.books.scope, DidCreate(number=OURS, trunk=trunk.id, destination=destination)
        )
        await until(lambda: bool(office.plan.dids))

        await phone.dial(ECHO)
        await phone.until_line("ESTABLISHED")
        await phone.until_hears(700)
        await phone.hang_up()
        await phone.until_idle()
        assert await provider.seen() == f"+{OURS}"

        await provider.call(known, OURS)
        await phone.answer()
        phone.listen_anew()
        await phone.until_hears(700)
        await phone.hang_up()
        await phone.until_idle()
        out, inward = await office.journal(2)
    assert story(out) == ("answered", "caller_hung_up", [("external", ECHO, "caller_hung_up")])
    assert story(inward) == ("answered", "callee_hung_up", [("user", "102", "callee_hung_up")])
    assert (inward.direction.value, inward.dialled) == ("inbound", OURS)


async def test_given_a_provider_over_tls_when_calls_go_out_then_signalling_and_sound_are_encrypted(
    tmp_path: Path,
) -> None:
    known, tls = account(), await certificate(tmp_path)
    with tempfile.TemporaryDirectory(prefix="centrale-") as home:
        secure = {"tls_certificate": tls[0], "tls_key": tls[1]}
        settings = settings_for(Path(home)).model_copy(update=secure)
        async with running(settings) as centrale, opened(centrale, tmp_path) as office:
            phone = await office.speaker(await office.hire("102"), 700)
            async with carrier(known, host=next_provider_host(), srtp=True, tls=tls) as provider:
                await subscribe(office, provider, known, transport=Transport.TLS, srtp=True)
                contacts = await provider.command("pjsip show contacts")
                await phone.dial(ECHO)
                await phone.until_hears(700)
                await phone.hang_up()
                await phone.until_idle()
            (entry,) = await office.journal()
    assert ";tran" in contacts, "only a contact over TLS or TCP names its transport"
    assert story(entry) == ("answered", "caller_hung_up", [("external", ECHO, "caller_hung_up")])


async def test_given_a_number_that_the_provider_does_not_know_when_dialled_then_it_is_unknown(
    office: Office,
) -> None:
    known = account()
    alice = await office.desk(await office.hire("101"))
    async with carrier(known, host=next_provider_host()) as provider:
        await subscribe(office, provider, known, transport=Transport.UDP, srtp=False)
        await alice.call_refused("0999999999", 404)
        (entry,) = await office.journal()
    assert story(entry)[:2] == ("refused", "unknown_number")
