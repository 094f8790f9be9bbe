"""What Asterisk reads: the SQL views over our tables."""

import pytest
from sqlalchemy import select, text

from orchestrator.db.session import Database
from orchestrator.devices.model import Device
from orchestrator.devices.rules import DeviceKind
from orchestrator.numbers.model import Did
from orchestrator.people.model import User
from orchestrator.routing.model import EmergencyNumber
from orchestrator.tenants.model import Tenant
from orchestrator.trunks.model import Trunk, TrunkAddress
from orchestrator.trunks.rules import Registration, Transport
from orchestrator.types import DestinationKind, Scope
from tests.factories.rows import add_customer, add_employee

Row = dict[str, str | None]


async def read(database: Database, view: str, key: str = "id") -> dict[str, Row]:
    """All rows of a view by their key. Every value is text or NULL."""
    async with database.reading() as session:
        rows = (await session.execute(text(f"SELECT * FROM {view}"))).mappings().all()
    assert all(value is None or isinstance(value, str) for row in rows for value in row.values())
    found = {str(row[key]): dict(row) for row in rows}
    assert len(found) == len(rows), "keys are unique"
    return found


async def add_trunk(database: Database, scope: Scope, name: str, **columns: object) -> str:
    """A trunk with endpoint `trunk-<name>`; its id."""
    trunk = Trunk(
        id=f"id-{name}",
        name=name,
        endpoint=f"trunk-{name}",
        **{"registration": Registration.NONE, "host": "sip.test", **columns},
    )
    async with database.transaction(scope) as session:
        session.add(trunk)
    return trunk.id


async def test_a_device_is_an_endpoint_with_auth_and_aor(database: Database) -> None:
    scope = await add_customer(database, "acme")
    ada = await add_employee(database, scope, "101")
    async with database.transaction(scope) as session:
        user = await session.get_one(User, ada.user_id)
        user.first_name, user.last_name, user.language = 'Ada "A"', "<King>", "nl-NL"
    name = ada.account.username
    endpoint = (await read(database, "ps_endpoints"))[name]
    assert endpoint["context"] == "device"
    assert endpoint["aors"] == endpoint["auth"] == name
    assert endpoint["callerid"] == "Ada A King <101>"
    assert endpoint["set_var"] == "CENTRALE_TENANT=acme"
    assert endpoint["language"] == "nl"
    assert endpoint["webrtc"] == "no"
    assert endpoint["transport"] is None
    auth = (await read(database, "ps_auths"))[name]
    assert (auth["username"], auth["password"]) == (name, ada.account.password)
    aor = (await read(database, "ps_aors"))[name]
    assert (aor["max_contacts"], aor["contact"]) == ("3", None)


async def test_a_web_client_is_webrtc(database: Database) -> None:
    scope = await add_customer(database, "acme")
    ada = await add_employee(database, scope, "101")
    async with database.transaction(scope) as session:
        session.add(
            Device(
                user_id=ada.user_id,
                name="Browser",
                kind=DeviceKind.WEB_CLIENT,
                sip_username="webada",
                sip_secret="s",
            )
        )
    endpoint = (await read(database, "ps_endpoints"))["webada"]
    assert (endpoint["webrtc"], endpoint["dtls_auto_generate_cert"]) == ("yes", "yes")
    assert endpoint["media_encryption"] == "dtls"


async def test_disabled_devices_vanish_and_suspended_ones_are_there_to_call_for_help(
    database: Database,
) -> None:
    scope = await add_customer(database, "acme")
    ada, bob, eve = [await add_employee(database, scope, n) for n in ("101", "102", "103")]
    async with database.transaction(scope) as session:
        (await session.get_one(User, ada.user_id)).disabled = True
        device = await session.execute(
            text("SELECT id FROM devices WHERE user_id = :user"), {"user": bob.user_id}
        )
        (await session.get_one(Device, device.scalar_one())).disabled = True
    for view in ("ps_endpoints", "ps_auths", "ps_aors"):
        assert list(await read(database, view)) == [eve.account.username]
    assert list(await read(database, "survival", "key")) == ["acme-103"]
    async with database.transaction(scope) as session:
        (await session.get_one(Tenant, scope.tenant)).suspended = True
    for view in ("ps_endpoints", "ps_auths", "ps_aors"):
        assert list(await read(database, view)) == [eve.account.username], "may call for help"
    assert await read(database, "survival", "key") == {}


async def test_whoever_is_below_a_suspended_reseller_is_suspended(database: Database) -> None:
    reseller = await add_customer(database, "reseller")
    scope = await add_customer(database, "acme")
    async with database.transaction(scope) as session:
        tenant = await session.get_one(Tenant, scope.tenant)
        tenant.parent_id = reseller.tenant
    await add_employee(database, scope, "101")
    assert len(await read(database, "survival", "key")) == 1
    async with database.transaction(reseller) as session:
        (await session.get_one(Tenant, reseller.tenant)).suspended = True
    assert await read(database, "survival", "key") == {}


async def test_a_registering_trunk(database: Database) -> None:
    scope = await add_customer(database, "acme")
    await add_trunk(
        database,
        scope,
        "a",
        registration=Registration.OUTBOUND,
        port=5080,
        transport=Transport.TCP,
        username="31850",
        auth_username="auth31850",
        secret="a;b^c",
        outbound_proxy="proxy.test:5070",
    )
    escaped = database.engine.dialect.name == "postgresql"
    auth = (await read(database, "ps_auths"))["trunk-a"]
    assert auth["username"] == "auth31850"
    assert auth["password"] == ("a^3Bb^5Ec" if escaped else "a;b^c")
    registration = (await read(database, "ps_registrations"))["trunk-a"]
    semicolon = "^3B" if escaped else ";"
    assert registration["server_uri"] == f"sip:sip.test:5080{semicolon}transport=tcp"
    assert registration["client_uri"] == "sip:31850@sip.test"
    assert registration["outbound_proxy"] == f"sip:proxy.test:5070{semicolon}lr"
    assert registration["outbound_auth"] == registration["endpoint"] == "trunk-a"
    assert registration["transport"] == "transport-tcp"
    endpoint = (await read(database, "ps_endpoints"))["trunk-a"]
    assert (endpoint["context"], endpoint["outbound_auth"]) == ("trunk", "trunk-a")
    assert endpoint["auth"] is None
    assert (await read(database, "ps_aors"))["trunk-a"]["contact"] == registration["server_uri"]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param({}, ("trunk", "yes", "no", "yes"), id="as most providers do"),
        pytest.param({"called_from": "to"}, ("trunk-headers", "yes", "no", "yes"), id="To"),
        pytest.param({"caller_from": "pai"}, ("trunk-headers", "yes", "no", "yes"), id="PAI"),
        pytest.param({"caller_from": "from"}, ("trunk", "yes", "no", "no"), id="From"),
        pytest.param({"identity": "rpid"}, ("trunk", "no", "yes", "yes"), id="RPID out"),
        pytest.param({"identity": "both"}, ("trunk", "yes", "yes", "yes"), id="both out"),
        pytest.param({"identity": "none"}, ("trunk", "no", "no", "yes"), id="none out"),
    ],
)
async def test_how_a_provider_speaks(
    database: Database, columns: dict[str, str], expected: tuple[str, ...]
) -> None:
    scope = await add_customer(database, "acme")
    await add_trunk(database, scope, "a", qualify_seconds=25, **columns)
    endpoint = (await read(database, "ps_endpoints"))["trunk-a"]
    names = ("context", "send_pai", "send_rpid", "trust_id_inbound")
    assert tuple(endpoint[name] for name in names) == expected
    assert (await read(database, "ps_aors"))["trunk-a"]["qualify_frequency"] == "25"


async def test_an_address_based_trunk(database: Database) -> None:
    scope = await add_customer(database, "acme")
    trunk = await add_trunk(database, scope, "a", host="2001:db8::1")
    async with database.transaction(scope) as session:
        for address in ("192.0.2.1", "198.51.100.0/24"):
            session.add(TrunkAddress(trunk_id=trunk, address=address))
    identify = (await read(database, "ps_endpoint_id_ips"))["trunk-a"]
    assert identify["endpoint"] == "trunk-a"
    assert set((identify["match"] or "").split(",")) == {"192.0.2.1", "198.51.100.0/24"}
    assert await read(database, "ps_registrations") == {}
    assert await read(database, "ps_auths") == {}
    assert (await read(database, "ps_aors"))["trunk-a"]["contact"] == "sip:[2001:db8::1]"
    async with database.transaction(scope) as session:
        (await session.get_one(Trunk, trunk)).disabled = True
    for view in ("ps_endpoints", "ps_aors", "ps_endpoint_id_ips"):
        assert await read(database, view) == {}


async def test_survival_knows_users_with_all_their_devices(database: Database) -> None:
    scope = await add_customer(database, "acme")
    ada = await add_employee(database, scope, "101")
    async with database.transaction(scope) as session:
        session.add(
            Device(
                user_id=ada.user_id,
                name="App",
                kind=DeviceKind.APP,
                sip_username="appada",
                sip_secret="s",
            )
        )
    row = (await read(database, "survival", "key"))["acme-101"]
    assert set((row["dial"] or "").split("&")) == {"PJSIP/appada", f"PJSIP/{ada.account.username}"}


async def test_survival_sends_emergency_calls_by_the_numbers_own_trunk_or_by_any(
    database: Database,
) -> None:
    scope = await add_customer(database, "acme")
    await add_employee(database, scope, "112")
    await add_trunk(database, scope, "first", caller_id="+31201234567")
    second = await add_trunk(database, scope, "second", caller_id="+31207654321")
    async with database.transaction(scope) as session:
        session.add(EmergencyNumber(number="112"))
    row = (await read(database, "survival", "key"))["acme-112"]
    assert row["dial"] == "PJSIP/112@trunk-first", "an emergency number beats an extension"
    assert row["caller_id"] == "+31201234567"
    async with database.transaction(scope) as session:
        number = (await session.scalars(select(EmergencyNumber))).one()
        number.trunk_id = second
    row = (await read(database, "survival", "key"))["acme-112"]
    assert row["dial"] == "PJSIP/112@trunk-second"


async def test_survival_of_calls_from_a_trunk(database: Database) -> None:
    scope = await add_customer(database, "acme")
    ada, bob = [await add_employee(database, scope, n) for n in ("101", "102")]
    first = await add_trunk(database, scope, "first")
    await add_trunk(database, scope, "second")
    wanted = (
        ("0201", None, DestinationKind.USER, ada.user_id),
        ("0201", first, DestinationKind.EXTENSION, "102"),
        ("0202", first, DestinationKind.END_CALL, ""),
    )
    async with database.transaction(scope) as session:
        for number, trunk, kind, ref in wanted:
            session.add(
                Did(number=number, trunk_id=trunk, destination_kind=kind, destination_ref=ref)
            )
    rows = await read(database, "survival_trunk", "key")
    assert {key: row["dial"] for key, row in rows.items()} == {
        "trunk-first-0201": f"PJSIP/{bob.account.username}",
        "trunk-second-0201": f"PJSIP/{ada.account.username}",
    }


async def test_a_lookup_by_id_uses_an_index(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        return
    async with database.reading() as session:
        for view in ("ps_endpoints", "ps_auths", "ps_aors", "ps_registrations"):
            plan = await session.execute(
                text(f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE id = 'x'")
            )
            steps = [row[3] for row in plan]
            assert not [step for step in steps if step.startswith("SCAN")], (view, steps)
