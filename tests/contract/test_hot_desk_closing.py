"""The end of the day at hot-desk phones: everybody is logged out, once, and nobody else."""

from datetime import UTC, datetime

import pytest_asyncio
from sqlalchemy import select

from orchestrator.db.session import Database
from orchestrator.hot_desks.closing import HotDeskClosing
from orchestrator.hot_desks.login import HotDeskLogin
from orchestrator.options.model import TenantOptions
from orchestrator.options.schemas import OptionsPatch
from orchestrator.tenants.model import Tenant
from tests.contract.floor import MORNING, Floor, furnished


@pytest_asyncio.fixture
async def floor(database: Database) -> Floor:
    return await furnished(database)


async def choose(floor: Floor, at: str | None) -> None:
    """Choose the closing time, as of this morning."""
    patch = OptionsPatch.model_validate({"hot_desks": {"log_out_at": at}})
    shown = await floor.services.options.update(floor.scope, patch)
    assert shown.hot_desks is not None
    assert shown.hot_desks.log_out_at == at
    async with floor.database.transaction(floor.scope) as session:
        found = await session.scalars(
            select(TenantOptions).where(TenantOptions.tenant_id == floor.scope.tenant)
        )
        options = found.one()
        options.hot_desks = {**(options.hot_desks or {}), "since": MORNING.isoformat()}


async def test_everybody_is_logged_out_at_the_time_that_was_chosen(floor: Floor) -> None:
    async with floor.database.transaction(floor.scope) as session:
        (await session.get_one(Tenant, floor.scope.tenant)).timezone = "Europe/Amsterdam"
    await choose(floor, "18:00")
    await floor.log_in(floor.ann, floor.lobby)
    await floor.log_in(floor.bob, floor.attic)
    await floor.plan()
    login = HotDeskLogin(floor.database, floor.clock)
    closing = HotDeskClosing(login, lambda: floor.read_model.plan, floor.clock)
    assert await closing.look() == 0
    floor.clock.set_wall(datetime(2026, 1, 15, 16, 59, 59, tzinfo=UTC))
    assert await closing.look() == 0
    # Nobody looked in time: it is done at the next look, but for who came after it.
    floor.clock.set_wall(datetime(2026, 1, 15, 17, 5, tzinfo=UTC))
    await floor.log_in(floor.bob, floor.attic)
    assert await closing.look() == 1
    assert await floor.users() == {"Attic": "102 User 102", "Lobby": None}
    assert await closing.look() == 0, "the plan is behind, and nobody is logged out twice"
    await floor.plan()
    assert await closing.look() == 0
    assert (await floor.noted())[-1] == ("Centrale", "logged_out", "Lobby")
    floor.clock.set_wall(datetime(2026, 1, 16, 17, tzinfo=UTC))
    assert await closing.look() == 1
    assert await floor.users() == {"Attic": None, "Lobby": None}


async def test_nobody_is_logged_out_for_a_time_that_was_chosen_after_it(floor: Floor) -> None:
    floor.clock.set_wall(datetime.now(UTC))
    await floor.log_in(floor.ann, floor.lobby)
    patch = OptionsPatch.model_validate({"hot_desks": {"log_out_at": "00:00"}})
    await floor.services.options.update(floor.scope, patch)
    await floor.plan()
    login = HotDeskLogin(floor.database, floor.clock)
    closing = HotDeskClosing(login, lambda: floor.read_model.plan, floor.clock)
    assert await closing.look() == 0
    floor.clock.move(86_400)
    assert await closing.look() == 1


async def test_nothing_chosen_leaves_people_where_they_are(floor: Floor) -> None:
    await choose(floor, "18:00")
    await choose(floor, None)
    await floor.log_in(floor.ann, floor.lobby)
    await floor.plan()
    floor.clock.move(14 * 86_400)
    login = HotDeskLogin(floor.database, floor.clock)
    assert await HotDeskClosing(login, lambda: floor.read_model.plan, floor.clock).look() == 0
