"""Hot-desk phones change hands: in the tables, in what Asterisk reads, in what calls see."""

import pytest
import pytest_asyncio
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import IntegrityError

from orchestrator.db.engine import WRITES
from orchestrator.db.schema import alembic_config
from orchestrator.db.session import Database
from orchestrator.db.views import create_views, drop_views
from orchestrator.devices.model import Device
from orchestrator.devices.rules import DeviceKind
from orchestrator.devices.schemas import DeviceQuery
from orchestrator.errors import Conflict, Denied, LimitReached, NotFound, Stale
from orchestrator.hot_desks.schemas import HotDeskCreate, HotDeskPatch
from orchestrator.people.model import User
from orchestrator.people.schemas import UserPatch
from orchestrator.routing.plan import EndpointKind
from orchestrator.tenants.model import Tenant
from tests.contract.floor import MORNING, Floor, furnished
from tests.factories.rows import add_customer


@pytest_asyncio.fixture
async def floor(database: Database) -> Floor:
    return await furnished(database)


async def row(database: Database, view: str, key: str, value: str) -> dict[str, str | None]:
    async with database.reading() as session:
        found = await session.execute(text(f"SELECT * FROM {view} WHERE {key} = :v"), {"v": value})
        return dict(found.mappings().one())


# -- changing hands ----------------------------------------------------------------------------


async def test_who_logs_in_has_the_phone_until_they_log_out(floor: Floor) -> None:
    assert await floor.users() == {"Attic": None, "Lobby": None}
    await floor.log_in(floor.ann, floor.lobby)
    assert await floor.users() == {"Attic": None, "Lobby": "101 User 101"}
    shown = await floor.services.hot_desks.get(floor.scope, floor.lobby.id)
    assert shown.logged_in_at == MORNING
    assert shown.user is not None
    assert shown.user.id == floor.ann.user_id
    await floor.log_out(floor.ann, floor.lobby)
    assert await floor.users() == {"Attic": None, "Lobby": None}
    assert await floor.noted() == [
        ("User 101", "logged_in", "Lobby"),
        ("User 101", "logged_out", "Lobby"),
    ]


async def test_who_logs_in_elsewhere_moves(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    await floor.log_in(floor.ann, floor.attic)
    assert await floor.users() == {"Attic": "101 User 101", "Lobby": None}
    assert sorted(await floor.noted()) == sorted(
        [
            ("User 101", "logged_in", "Lobby"),
            ("User 101", "logged_out", "Lobby"),
            ("User 101", "logged_in", "Attic"),
        ]
    )


async def test_somebody_else_takes_over_and_two_may_swap(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    await floor.log_in(floor.bob, floor.attic)
    await floor.log_in(floor.ann, floor.attic)
    assert await floor.users() == {"Attic": "101 User 101", "Lobby": None}
    await floor.log_in(floor.bob, floor.lobby)
    assert await floor.users() == {"Attic": "101 User 101", "Lobby": "102 User 102"}


async def test_logging_in_again_is_a_new_login(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    floor.clock.move(3600)
    await floor.log_in(floor.ann, floor.lobby)
    shown = await floor.services.hot_desks.get(floor.scope, floor.lobby.id)
    assert shown.logged_in_at == floor.clock.now()
    assert await floor.users() == {"Attic": None, "Lobby": "101 User 101"}


async def test_who_is_not_there_any_more_logs_nobody_out(floor: Floor) -> None:
    await floor.log_in(floor.bob, floor.lobby)
    await floor.log_out(floor.ann, floor.lobby)
    assert await floor.users() == {"Attic": None, "Lobby": "102 User 102"}


async def test_an_administrator_logs_people_out(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    shown = await floor.services.hot_desks.log_out(floor.scope, floor.lobby.id)
    assert (shown.user, shown.logged_in_at) == (None, None)
    again = await floor.services.hot_desks.log_out(floor.scope, floor.lobby.id)
    assert again.version == shown.version, "nothing to do"
    assert (await floor.noted())[-1] == ("Centrale", "logged_out", "Lobby")


async def test_only_hot_desk_phones_of_the_tenant_can_be_logged_in_to(floor: Floor) -> None:
    other = await add_customer(floor.database, "globex")
    theirs = await floor.services.hot_desks.create(other, HotDeskCreate(name="Theirs"))
    personal = (await floor.services.devices.list(floor.scope, DeviceQuery())).items[0]
    for desk in (theirs.id, personal.id, "nowhere"):
        with pytest.raises(NotFound):
            await floor.features.use_hot_desk(floor.scope.tenant, floor.ann.user_id, desk)
        with pytest.raises(NotFound):
            await floor.services.hot_desks.log_out(floor.scope, desk)


async def test_a_person_has_one_phone_even_if_two_logins_meet(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    with pytest.raises((Conflict, IntegrityError)):
        async with floor.database.transaction(floor.scope) as session:
            (await session.get_one(Device, floor.attic.id)).user_id = floor.ann.user_id
    assert await floor.users() == {"Attic": None, "Lobby": "101 User 101"}


# -- people come and go ------------------------------------------------------------------------


async def test_a_phone_outlives_its_user(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    await floor.services.users.delete(floor.scope, floor.ann.user_id)
    assert await floor.users() == {"Attic": None, "Lobby": None}
    assert (await floor.plan()).hot_desks.keys() == {
        floor.lobby.sip.username,
        floor.attic.sip.username,
    }
    left = (await floor.services.devices.list(floor.scope, DeviceQuery())).items
    assert [each.user for each in left] == [floor.bob.user_id], "their own went with them"


async def test_who_is_disabled_is_logged_out_and_cannot_log_in(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    patch = UserPatch.model_validate({"disabled": True})
    await floor.services.users.update(floor.scope, floor.ann.user_id, patch)
    assert await floor.users() == {"Attic": None, "Lobby": None}
    with pytest.raises(Denied):
        await floor.log_in(floor.ann, floor.lobby)


async def test_a_phone_that_is_disabled_is_nobodys(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    shown = await floor.services.hot_desks.update(
        floor.scope, floor.lobby.id, HotDeskPatch(disabled=True)
    )
    assert (shown.disabled, shown.user) == (True, None)
    with pytest.raises(Conflict, match="disabled"):
        await floor.log_in(floor.ann, floor.lobby)


# -- what others see ---------------------------------------------------------------------------


async def test_devices_of_people_are_listed_without_them(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    for query in (DeviceQuery(), DeviceQuery(user=floor.ann.user_id)):
        found = (await floor.services.devices.list(floor.scope, query)).items
        assert floor.lobby.id not in {each.id for each in found}
    devices = floor.services.devices
    for work in (devices.get, devices.reveal_secret, devices.rotate_secret, devices.delete):
        with pytest.raises(NotFound):
            await work(floor.scope, floor.lobby.id)


async def test_they_count_as_devices_of_the_tenant(floor: Floor) -> None:
    async with floor.database.transaction(floor.scope) as session:
        (await session.get_one(Tenant, floor.scope.tenant)).max_devices = 5
    await floor.services.hot_desks.create(floor.scope, HotDeskCreate(name="Cellar"))
    with pytest.raises(LimitReached):
        await floor.services.hot_desks.create(floor.scope, HotDeskCreate(name="Roof"))
    await floor.log_in(floor.ann, floor.lobby)
    with pytest.raises(LimitReached):
        await floor.services.hot_desks.create(floor.scope, HotDeskCreate(name="Roof"))


async def test_calls_see_whose_phone_it_is(floor: Floor) -> None:
    lobby, own = floor.lobby.sip.username, floor.ann.account.username
    read = floor.read_model
    assert await floor.endpoints(floor.ann) == [own]
    assert read.plan.endpoints[lobby].kind is EndpointKind.HOT_DESK
    assert read.plan.endpoints[lobby].ref == floor.lobby.id
    await floor.log_in(floor.ann, floor.lobby)
    assert await floor.endpoints(floor.ann) == [own, lobby]
    owner = read.plan.endpoints[lobby]
    assert (owner.kind, owner.ref) == (EndpointKind.DEVICE, floor.ann.user_id)
    desk = (await floor.plan()).hot_desks[lobby]
    assert (desk.user, desk.since) == (floor.ann.user_id, MORNING)
    # Also when a refresh reads no more than was written.
    await floor.log_in(floor.bob, floor.lobby)
    plan = (await read.refresh({floor.scope.tenant})).tenants[floor.scope.tenant]
    assert [d.endpoint for d in plan.people[floor.ann.user_id].devices] == [own]
    assert lobby in {d.endpoint for d in plan.people[floor.bob.user_id].devices}


async def test_a_user_who_is_disabled_in_another_way_leaves_a_phone_that_calls_for_help(
    floor: Floor,
) -> None:
    """Whatever disabled somebody, nobody calls in their name."""
    await floor.log_in(floor.ann, floor.lobby)
    async with floor.database.transaction(floor.scope) as session:
        (await session.get_one(User, floor.ann.user_id)).disabled = True
    plan = await floor.plan()
    assert plan.hot_desks[floor.lobby.sip.username].user is None
    endpoint = await row(floor.database, "ps_endpoints", "id", floor.lobby.sip.username)
    assert endpoint["context"] == "hot-desk"


async def test_asterisk_sees_whose_phone_it_is(floor: Floor) -> None:
    lobby = floor.lobby.sip.username
    endpoint = await row(floor.database, "ps_endpoints", "id", lobby)
    assert (endpoint["context"], endpoint["callerid"]) == ("hot-desk", None)
    assert (endpoint["language"], endpoint["set_var"]) == ("en", "CENTRALE_TENANT=acme")
    assert (await row(floor.database, "ps_auths", "id", lobby))[
        "password"
    ] == floor.lobby.sip_secret
    assert (await row(floor.database, "ps_aors", "id", lobby))["max_contacts"] == "1"
    async with floor.database.transaction(floor.scope) as session:
        (await session.get_one(User, floor.ann.user_id)).language = "nl"
    await floor.log_in(floor.ann, floor.lobby)
    endpoint = await row(floor.database, "ps_endpoints", "id", lobby)
    assert (endpoint["context"], endpoint["callerid"]) == ("device", "User 101 <101>")
    assert endpoint["language"] == "nl"
    dial = (await row(floor.database, "survival", "key", "acme-101"))["dial"]
    assert set((dial or "").split("&")) == {f"PJSIP/{floor.ann.account.username}", f"PJSIP/{lobby}"}


# -- the tables --------------------------------------------------------------------------------


async def test_a_device_that_is_no_hot_desk_is_somebodys(floor: Floor) -> None:
    stray = Device(name="Stray", kind=DeviceKind.APP, sip_username="stray", sip_secret="s")
    with pytest.raises((Conflict, IntegrityError)):
        async with floor.database.transaction(floor.scope) as session:
            session.add(stray)


async def test_an_older_version_has_the_devices_of_people_and_no_others(floor: Floor) -> None:
    def down(connection: Connection) -> None:
        from alembic import command

        drop_views(connection)
        command.downgrade(alembic_config(connection), "0005")
        names = {each["name"] for each in inspect(connection).get_columns("devices")}
        assert not names & {"hot_desk", "logged_in_at"}

    def up(connection: Connection) -> None:
        from alembic import command

        command.upgrade(alembic_config(connection), "head")
        create_views(connection)

    await floor.log_in(floor.ann, floor.lobby)
    writing = floor.database.engine.execution_options(**{WRITES: True})
    async with writing.begin() as connection:
        await connection.run_sync(down)
    async with writing.begin() as connection:
        await connection.run_sync(up)
    async with floor.database.reading() as session:
        left = list(await session.scalars(select(Device)))
    assert {each.user_id for each in left} == {floor.ann.user_id, floor.bob.user_id}
    assert not any(each.hot_desk for each in left)
    await test_a_device_that_is_no_hot_desk_is_somebodys(floor)


async def test_who_uses_a_phone_that_is_deleted_is_logged_out(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    shown = await floor.services.hot_desks.get(floor.scope, floor.lobby.id)
    await floor.services.hot_desks.delete(floor.scope, floor.lobby.id, shown.version)
    assert await floor.users() == {"Attic": None}
    assert (await floor.noted())[-1] == ("Centrale", "logged_out", "Lobby")
    assert await floor.endpoints(floor.ann) == [floor.ann.account.username]


async def test_edits_keep_to_the_version_that_was_read(floor: Floor) -> None:
    await floor.log_in(floor.ann, floor.lobby)
    with pytest.raises(Stale):
        await floor.services.hot_desks.update(
            floor.scope, floor.lobby.id, HotDeskPatch(name="Hall"), floor.lobby.version
        )
