"""How calls come in: which number was called, who calls, where it leads, whether a trunk works."""

import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from orchestrator.events.rules import Events
from orchestrator.events.schemas import EventOut, EventQuery
from orchestrator.numbers.schemas import DidCreate
from orchestrator.options.model import TenantOptions
from orchestrator.options.rules import NameSource
from orchestrator.routing.schemas import CallerRuleCreate
from orchestrator.trunks.model import Trunk
from orchestrator.trunks.rules import CallerFrom, Identity, Registration
from orchestrator.trunks.schemas import TrunkCreate, TrunkOut, TrunkPatch
from orchestrator.trunks.state import TrunkState
from orchestrator.types import SYSTEM_ACTOR, Scope
from tests.asterisk.office import (
    Office,
    codes,
    next_provider_host,
    opened,
    story,
    until,
    until_found,
)
from tests.phones.phone import Account, Caller, SippPhone
from tests.phones.registrar import RegistrarPhone
from tests.phones.wire import Message

OURS = "+31201234567"


async def state_of(office: Office, trunk: str) -> TrunkState:
    return (await office.centrale.services.trunks.get(office.books.scope, trunk)).state


async def until_state(office: Office, trunk: str, wanted: TrunkState, seconds: float = 10) -> None:
    async def reached() -> bool:
        return await state_of(office, trunk) is wanted

    await until_found(reached, seconds=seconds)


async def events(office: Office, event: Events, count: int) -> list[EventOut]:
    """The customer's events of one kind, oldest first, once there are `count`."""
    query = EventQuery(number=event.value.number, sort="at")

    async def page() -> list[EventOut]:
        return (await office.centrale.services.events.list(office.books.scope, query)).items

    async def written() -> bool:
        return len(await page()) >= count

    await until_found(written)
    return await page()


# -- whether a trunk works -------------------------------------------------------------------


@pytest_asyncio.fixture
async def registrar(office: Office) -> AsyncIterator[RegistrarPhone]:
    known = Account(f"line{secrets.token_hex(3)}", secrets.token_hex(8))
    host = next_provider_host()
    async with RegistrarPhone(office.sip, office.folder, known, host=host) as phone:
        yield phone


async def subscribe(office: Office, registrar: RegistrarPhone, **fields: object) -> TrunkOut:
    """Set a trunk up that registers, as an administrator does."""
    body = TrunkCreate.model_validate(
        {
            "name": "Provider",
            "registration": Registration.OUTBOUND,
            "host": registrar.address.host,
            "port": registrar.address.port,
            "username": registrar.known.username,
            "secret": registrar.known.password,
            "qualify_seconds": 0,
        }
        | fields
    )
    trunk = await office.centrale.services.trunks.create(office.books.scope, body)
    await until(lambda: trunk.id in office.plan.trunks)
    return trunk


async def test_given_a_provider_that_refuses_the_account_when_it_is_mended_then_the_trunk_is_up(
    office: Office, registrar: RegistrarPhone
) -> None:
    trunk = await subscribe(office, registrar, secret="mistyped")
    assert trunk.state is TrunkState.UNKNOWN
    await until_state(office, trunk.id, TrunkState.UNREGISTERED)
    assert office.centrale.node.registry.trunk_down(trunk.id)
    await office.books.change(Trunk, trunk.id, secret=registrar.known.password)
    await until_state(office, trunk.id, TrunkState.UP)
    assert office.centrale.node.registry.trunk_down(trunk.id) is None
    found = await events(office, Events.TRUNK_STATUS, 2)
    assert [(e.details["from"], e.details["to"]) for e in found] == [
        ("unknown", "unregistered"),
        ("unregistered", "up"),
    ]
    assert "refused the registration" in found[0].message


async def test_given_a_provider_that_answers_options_when_it_is_silent_then_it_is_unreachable(
    office: Office,
) -> None:
    provider = await office.provider()
    waiting = await provider.phone.answer()
    await office.books.change(Trunk, provider.trunk_id, qualify_seconds=10)
    await waiting.until_received("OPTIONS", timeout=15)
    await until_state(office, provider.trunk_id, TrunkState.UP)
    await waiting.kill()
    await until_state(office, provider.trunk_id, TrunkState.UNREACHABLE, seconds=25)
    back = await provider.phone.answer()
    await until_state(office, provider.trunk_id, TrunkState.UP, seconds=25)
    await back.stop()
    found = await events(office, Events.TRUNK_STATUS, 2)
    assert [(e.details["from"], e.details["to"]) for e in found] == [
        ("up", "unreachable"),
        ("unreachable", "up"),
    ]
    await office.books.change(Trunk, provider.trunk_id, qualify_seconds=0)


async def test_given_a_provider_that_seems_gone_when_somebody_calls_for_help_then_it_is_tried(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.emergency("112")
    alice = await office.desk(await office.hire("101"))
    waiting = await provider.phone.answer()
    await office.books.change(Trunk, provider.trunk_id, qualify_seconds=10)
    await waiting.until_received("OPTIONS", timeout=15)
    await until_state(office, provider.trunk_id, TrunkState.UP)
    await waiting.kill()
    await until_state(office, provider.trunk_id, TrunkState.UNREACHABLE, seconds=25)
    far = await provider.phone.answer()
    call = await alice.call("112", talk_ms=100, ended_by="us")
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()
    assert far.received("INVITE")[0].user == "112"
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("external", "112", "caller_hung_up")])
    await office.books.change(Trunk, provider.trunk_id, qualify_seconds=0)


# -- which number was called, and who calls ---------------------------------------------------


async def rung_by(
    office: Office, provider: SippPhone, number: str, caller: Caller, code: int = 200
) -> Message:
    """Call `number` from outside; the INVITE that Bob's phone gets."""
    bob = await office.hire("102")
    await office.did(OURS, bob)
    desk = await office.desk(bob)
    answering = await desk.answer(ring_ms=50)
    call = await provider.call(number, talk_ms=100, ended_by="us", caller=caller)
    assert codes(await call.finished())[-1] == code
    await answering.until_sent("200 BYE")
    await answering.stop()
    return answering.received("INVITE")[0]


FROM = "+31611111111"
PAI = 'P-Asserted-Identity: "Asserted" <sip:+31622222222@provider.test>'
RPID = 'Remote-Party-ID: "Remote" <sip:+31633333333@provider.test>;party=calling'


@pytest.mark.parametrize(
    ("caller_from", "headers", "number", "name"),
    [
        pytest.param("first_known", (), "+31611111111", "Grandma", id="From alone"),
        pytest.param("first_known", (RPID, PAI), "+31622222222", "Asserted", id="asserted first"),
        pytest.param("first_known", (RPID,), "+31633333333", "Remote", id="else remote"),
        pytest.param("from", (PAI, RPID), "+31611111111", "Grandma", id="From of three"),
        pytest.param("pai", (RPID, PAI), "+31622222222", "Asserted", id="asserted of three"),
        pytest.param("rpid", (PAI, RPID), "+31633333333", "Remote", id="remote of three"),
        pytest.param("pai", (), "+31611111111", "Grandma", id="not asserted"),
        pytest.param("first_known", (PAI, "Privacy: id"), "anonymous", "Anonymous", id="withheld"),
    ],
)
async def test_given_a_trunk_that_says_where_the_caller_stands_when_called_then_that_is_shown(
    office: Office, caller_from: str, headers: tuple[str, ...], number: str, name: str
) -> None:
    provider = await office.provider(caller_from=CallerFrom(caller_from))
    invite = await rung_by(office, provider.phone, OURS, Caller(FROM, "Grandma", headers))
    assert (invite.caller, invite.caller_name) == (number, name)
    assert "+31622222222" not in str(invite.headers) or number == "+31622222222"
    (entry,) = await office.journal()
    assert (entry.caller_number, entry.caller_name, entry.dialled) == (number, name, OURS)


async def test_given_a_provider_that_calls_the_contact_when_to_names_the_did_then_that_counts(
    office: Office, registrar: RegistrarPhone
) -> None:
    await subscribe(office, registrar, called_from="to", name="By To")
    await registrar.serving.until_sent("200 REGISTER")
    line = registrar.known.username
    caller = Caller(FROM, "Grandma", to=f'"Us" <sip:{OURS}@provider.test;user=phone>')
    invite = await rung_by(office, registrar, line, caller)
    assert invite.caller == FROM
    (entry,) = await office.journal()
    assert (entry.dialled, entry.verdict) == (OURS, "answered")


async def test_given_a_provider_that_calls_the_contact_when_the_trunk_reads_the_uri_then_404(
    office: Office, registrar: RegistrarPhone
) -> None:
    await subscribe(office, registrar)
    await registrar.serving.until_sent("200 REGISTER")
    await office.did(OURS, await office.hire("102"))
    caller = Caller(FROM, to=f"<sip:{OURS}@provider.test>")
    await registrar.call_refused(registrar.known.username, 404, caller=caller)
    (entry,) = await office.journal()
    assert entry.dialled == registrar.known.username


async def test_given_a_trunk_that_rewrites_and_normalises_when_called_then_the_number_is_whole(
    office: Office,
) -> None:
    provider = await office.provider(caller_id_in=[["99(.*)", "\\1"]], normalise_caller=True)
    invite = await rung_by(office, provider.phone, OURS, Caller("990612345678", "Grandma"))
    assert invite.caller == "+31612345678"
    (entry,) = await office.journal()
    assert entry.caller_number == "+31612345678"


async def test_given_names_of_dids_when_called_then_the_phone_shows_by_which_it_came(
    office: Office,
) -> None:
    provider = await office.provider()
    options = TenantOptions(calls={"name_source": "did", "name_place": "before"})
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(options)
    await until(lambda: office.plan.options.calls.name_source is NameSource.DID)
    bob = await office.hire("102")
    body = DidCreate.model_validate(
        {"number": OURS, "name": "Sales", "destination": {"kind": "user", "ref": bob.user_id}}
    )
    await office.centrale.services.dids.create(office.books.scope, body)
    await until(lambda: bool(office.plan.dids))
    answering = await (await office.desk(bob)).answer(ring_ms=50)
    caller = Caller(FROM, "Grandma")
    call = await provider.phone.call(OURS, talk_ms=100, ended_by="us", caller=caller)
    await call.finished()
    await answering.until_sent("200 BYE")
    await answering.stop()
    invite = answering.received("INVITE")[0]
    assert (invite.caller, invite.caller_name) == (FROM, "Sales: Grandma")
    assert not answering.received("UPDATE"), "nothing takes the name back"
    (entry,) = await office.journal()
    assert entry.caller_name == "Grandma"


# -- where calls go --------------------------------------------------------------------------


async def test_given_caller_rules_dids_and_a_default_when_called_then_the_first_that_fits_takes_it(
    office: Office,
) -> None:
    provider = await office.provider()
    people = {number: await office.hire(number) for number in ("101", "102", "103")}
    places = {number: {"kind": "user", "ref": person.user_id} for number, person in people.items()}
    scope, services = office.books.scope, office.centrale.services
    rule = {"name": "Friends", "caller": "*5551234", "destination": places["101"]}
    await services.caller_rules.create(scope, CallerRuleCreate.model_validate(rule))
    did = {"number": "*234567", "destination": places["102"]}
    await services.dids.create(scope, DidCreate.model_validate(did))
    patch = TrunkPatch.model_validate({"default_destination": places["103"]})
    await services.trunks.update(scope, provider.trunk_id, patch)
    await until(lambda: bool(office.plan.trunks[provider.trunk_id].default_destination))
    await until(lambda: bool(office.plan.caller_rules and office.plan.dids))

    for caller, dialled in (
        ("2145551234", OURS),
        (FROM, OURS),
        (FROM, "+31209999999"),
    ):
        await provider.phone.call_refused(dialled, 480, caller=Caller(caller))
    entries = await office.journal(3)
    reached = [[step.destination_number for step in entry.segments] for entry in entries]
    assert reached == [["101"], ["102"], ["103"]]


async def test_given_two_customers_at_one_provider_when_it_calls_a_line_then_that_customer_rings(
    office: Office, registrar: RegistrarPhone, tmp_path_factory: pytest.TempPathFactory
) -> None:
    known = Account(f"line{secrets.token_hex(3)}", secrets.token_hex(8))
    host = registrar.address.host
    async with (
        opened(office.centrale, tmp_path_factory.mktemp("neighbour")) as neighbour,
        RegistrarPhone(office.sip, neighbour.folder, known, host=host) as other,
    ):
        for each, line in ((office, registrar), (neighbour, other)):
            await subscribe(each, line)
            await line.serving.until_sent("200 REGISTER")
            await each.did(OURS, await each.hire("102"))
        await other.call_refused(OURS, 480, caller=Caller("+31622222222"))
        await registrar.call_refused(OURS, 480, caller=Caller("+31611111111"))
        (theirs,) = await neighbour.journal()
        (ours,) = await office.journal()
        assert (ours.caller_number, theirs.caller_number) == ("+31611111111", "+31622222222")


# -- what the provider is told ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "headers"),
    [
        ("pai", {"p-asserted-identity"}),
        ("rpid", {"remote-party-id"}),
        ("both", {"p-asserted-identity", "remote-party-id"}),
        ("none", set()),
    ],
)
async def test_given_an_identity_header_when_calling_out_then_the_provider_gets_that(
    office: Office, identity: str, headers: set[str]
) -> None:
    provider = await office.provider(identity=Identity(identity))
    await office.rule(provider)
    (alice,) = await office.desks("101")
    far = await provider.phone.answer()
    call = await alice.call("0612345678", talk_ms=100, ended_by="us")
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()
    invite = far.received("INVITE")[0]
    assert invite.headers.keys() & {"p-asserted-identity", "remote-party-id"} == headers
    assert all("+31201234500" in invite.headers[name] for name in headers)
    assert invite.caller == "+31201234500"
    await office.journal()


# -- who is nobody ---------------------------------------------------------------------------


async def test_given_a_source_that_nobody_knows_when_it_calls_twice_then_it_is_said_once(
    office: Office,
) -> None:
    host = next_provider_host()
    async with SippPhone(office.sip, office.folder, name="stranger", host=host) as stranger:
        await stranger.call_refused(OURS, 401)
        await stranger.call_refused(OURS, 401)
    platform = await office.centrale.services.tenants.place_of("platform")
    assert platform is not None
    scope = Scope(platform.id, SYSTEM_ACTOR)
    query = EventQuery(number=Events.SOURCE_UNKNOWN.value.number)

    async def said() -> list[EventOut]:
        found = await office.centrale.services.events.list(scope, query)
        return [event for event in found.items if event.details.get("source") == host]

    async def once() -> bool:
        return len(await said()) == 1

    await until_found(once)
    assert "calls" in (await said())[0].message
