"""Exceptions of forwarding through their service: order, versions, hours, limits."""

import pytest

from orchestrator.db.session import Database
from orchestrator.errors import Conflict, Invalid, NotFound, Stale
from orchestrator.forwarding.schemas import ExceptionMove, ExceptionPatch, ExceptionQuery
from orchestrator.routing.schemas import Direction
from tests.factories.forwarding import Office, exception, open_office


@pytest.fixture
async def office(database: Database) -> Office:
    return await open_office(database)


async def test_exceptions_are_kept_in_their_order(office: Office) -> None:
    user = office.ann
    made = [
        await office.exceptions.create(office.scope, user, exception(name=name)) for name in "ABC"
    ]
    assert [each.position for each in made] == [0, 1, 2]
    third = (user, made[2].id)
    moved = await office.exceptions.move(
        office.scope, third, ExceptionMove(direction=Direction.UP), made[2].version
    )
    assert moved.position == 1
    page = await office.exceptions.list(office.scope, user, ExceptionQuery())
    assert [each.name for each in page.items] == ["A", "C", "B"]
    await office.exceptions.move(office.scope, third, ExceptionMove(direction=Direction.DOWN))
    await office.exceptions.move(office.scope, third, ExceptionMove(direction=Direction.DOWN))
    page = await office.exceptions.list(office.scope, user, ExceptionQuery())
    assert [each.name for each in page.items] == ["A", "B", "C"]
    changed = await office.exceptions.update(
        office.scope, (user, made[0].id), ExceptionPatch(name="First"), made[0].version
    )
    assert (changed.name, changed.version) == ("First", made[0].version + 1)
    with pytest.raises(Stale):
        await office.exceptions.update(
            office.scope, (user, made[0].id), ExceptionPatch(name="Late"), made[0].version
        )
    await office.exceptions.delete(office.scope, (user, made[0].id))
    with pytest.raises(NotFound):
        await office.exceptions.get(office.scope, (user, made[0].id))
    with pytest.raises(NotFound):
        await office.exceptions.get(office.scope, (office.bob, made[1].id))


async def test_specific_hours_need_periods_that_make_sense(office: Office) -> None:
    for periods in ([], [{"weekday": "monday", "start": "12:00", "end": "10:00"}]):
        body = exception(hours="specific_hours", periods=periods)
        with pytest.raises(Invalid):
            await office.exceptions.create(office.scope, office.ann, body)
    good = [{"weekday": "monday", "start": "10:00", "end": "24:00"}]
    body = exception(hours="specific_hours", periods=good)
    shown = await office.exceptions.create(office.scope, office.ann, body)
    assert [each.model_dump(mode="json") for each in shown.periods] == good


async def test_a_user_may_have_so_many_exceptions(office: Office) -> None:
    for _ in range(50):
        await office.exceptions.create(office.scope, office.ann, exception())
    with pytest.raises(Conflict):
        await office.exceptions.create(office.scope, office.ann, exception())
    await office.exceptions.create(office.scope, office.bob, exception())
