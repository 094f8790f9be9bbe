"""Overrides of one department and of all."""

from datetime import timedelta

import pytest

from orchestrator.errors import Denied, Invalid, NotFound, Stale
from orchestrator.hours.rules import OverrideState
from orchestrator.hours.schemas import (
    OverrideBody,
)
from orchestrator.types import Role
from tests.contract.hours.house import MONDAY_TEN, House, fields_of, override
from tests.factories.ids import NOBODY


async def test_an_override_counts_until_it_expires_or_is_taken_back(house: House) -> None:
    receptionist = house.by(Role.RECEPTIONIST, house.sales)
    with pytest.raises(NotFound):
        await house.overrides.get(receptionist, house.sales)
    made = await house.overrides.put(receptionist, house.sales, override("closed", duration=60))
    assert (made.set_by, made.expires_at) == ("Rita", MONDAY_TEN + timedelta(seconds=60))
    assert await house.overrides.get(receptionist, house.sales) == made
    house.clock.move(60)
    with pytest.raises(NotFound):
        await house.overrides.get(receptionist, house.sales)
    replaced = await house.overrides.put(receptionist, house.sales, override("open"))
    assert (replaced.state, replaced.expires_at) == ("open", None)
    with pytest.raises(Stale):
        await house.overrides.delete(receptionist, house.sales, made.version)
    await house.overrides.delete(receptionist, house.sales, replaced.version)
    with pytest.raises(NotFound):
        await house.overrides.delete(receptionist, house.sales)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"state": "custom"}, "body.destination", id="custom-without-a-way"),
        pytest.param(
            {"state": "open", "destination": {"kind": "busy"}}, "body.destination", id="way-of-open"
        ),
        pytest.param({"state": "closed", "prompt": "x"}, "body.prompt", id="prompt-of-closed"),
        pytest.param(
            {"state": "custom", "destination": {"kind": "user", "ref": "nobody"}},
            "body.destination.ref",
            id="no-such-user",
        ),
        pytest.param({"state": "custom", "prompt": NOBODY}, "body.prompt", id="no-such-prompt"),
        pytest.param(
            {"state": "open", "expires_at": MONDAY_TEN}, "body.expires_at", id="expired-already"
        ),
        pytest.param(
            {"state": "open", "expires_at": MONDAY_TEN + timedelta(1), "duration": 1},
            "body.duration",
            id="two-ends",
        ),
    ],
)
async def test_an_override_that_cannot_be_is_refused(
    house: House, body: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as invalid:
        await house.overrides.put(house.scope, house.sales, OverrideBody.model_validate(body))
    assert fields_of(invalid) == [field]


async def test_all_departments_need_the_right_in_all(house: House) -> None:
    receptionist = house.by(Role.RECEPTIONIST, house.sales)
    with pytest.raises(Denied):
        await house.overrides.put(receptionist, None, override("closed"))
    with pytest.raises(Denied):
        await house.overrides.force(receptionist, OverrideState.CLOSED)
    with pytest.raises(Denied):
        await house.overrides.force(receptionist, None)
    with pytest.raises(Denied):
        await house.overrides.force(house.by(Role.USER, None), None)
    with pytest.raises(NotFound):
        await house.overrides.put(receptionist, house.everybody, override("closed"))
    everywhere = house.by(Role.RECEPTIONIST, None)
    made = await house.overrides.put(everywhere, None, override("closed"))
    assert await house.overrides.get(receptionist, None) == made, "it counts for them too"
    with pytest.raises(Denied):
        await house.overrides.delete(receptionist, None)


async def test_a_dial_code_forces_all_departments_and_takes_that_back(house: House) -> None:
    everywhere = house.by(Role.RECEPTIONIST, None)
    await house.overrides.force(everywhere, OverrideState.BREAK)
    await house.overrides.force(everywhere, OverrideState.CLOSED)
    assert (await house.hours.state(house.scope, house.sales)).state == "closed"
    await house.overrides.force(everywhere, None)
    await house.overrides.force(everywhere, None)
    assert (await house.hours.state(house.scope, house.sales)).state == "open"
    with pytest.raises(Invalid):
        await house.overrides.force(everywhere, OverrideState.CUSTOM)
