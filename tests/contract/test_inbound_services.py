"""What a trunk, a DID and a caller rule say about calls in, through their services."""

import pytest
from pydantic import ValidationError

from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.departments.service import DepartmentService
from orchestrator.destinations.service import uses_of
from orchestrator.errors import InUse, Invalid, Stale
from orchestrator.events.service import EventService
from orchestrator.numbers.schemas import DidCreate, DidPatch
from orchestrator.numbers.service import DidService
from orchestrator.people.service import UserService
from orchestrator.routing.caller_rules import CallerRuleService
from orchestrator.routing.schemas import (
    CallerRuleCreate,
    CallerRuleMove,
    CallerRulePatch,
    CallerRuleQuery,
    Direction,
)
from orchestrator.signin.passwords import Passwords
from orchestrator.trunks.schemas import TrunkCreate, TrunkPatch
from orchestrator.trunks.service import TrunkService
from orchestrator.trunks.state import Sighting, TrunkState, TrunkStates
from orchestrator.types import Destination, DestinationKind, Scope
from tests.factories.rows import add_customer, add_employee

END = {"kind": "end_call"}


class Services:
    """The services under test, on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.states = TrunkStates()
        self.trunks = TrunkService(
            database, EventService(database, SystemClock()), states=self.states
        )
        self.dids = DidService(database)
        self.callers = CallerRuleService(database)

    async def uses(self, scope: Scope, user: str) -> list[str]:
        async with self.database.reading() as session:
            return await uses_of(session, scope, Destination(DestinationKind.USER, user))


@pytest.fixture
def services(database: Database) -> Services:
    return Services(database)


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


def trunk(name: str = "Main", **fields: object) -> TrunkCreate:
    base = {"name": name, "registration": "none", "host": "sip.test", "inbound": False}
    return TrunkCreate.model_validate(base | fields)


def caller_rule(name: str, **fields: object) -> CallerRuleCreate:
    return CallerRuleCreate.model_validate(
        {"name": name, "caller": "*2145551234", "destination": END} | fields
    )


async def test_a_trunk_keeps_how_its_provider_speaks(services: Services, scope: Scope) -> None:
    wanted = {
        "called_from": "to",
        "caller_from": "rpid",
        "identity": "both",
        "number_format": "e164",
        "normalise_caller": True,
        "default_destination": {"kind": "busy", "ref": ""},
        "caller_id_in": [{"pattern": "0(.*)", "replacement": "+31\\1"}],
        "caller_id_out": [{"pattern": "+31(.*)", "replacement": "0\\1"}],
        "qualify_seconds": 0,
    }
    made = await services.trunks.create(scope, trunk(**wanted))
    shown = (await services.trunks.get(scope, made.id)).model_dump(mode="json")
    assert {name: shown[name] for name in wanted} == wanted
    patch = TrunkPatch(default_destination=None, caller_id_in=[], qualify_seconds=30)
    changed = await services.trunks.update(scope, made.id, patch, made.version)
    assert (changed.default_destination, changed.caller_id_in) == (None, [])
    assert changed.qualify_seconds == 30
    assert changed.caller_id_out == made.caller_id_out


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("qualify_seconds", 5, id="asked too often"),
        pytest.param("qualify_seconds", 3601, id="asked too seldom"),
        pytest.param("called_from", "via", id="a header that nobody knows"),
        pytest.param("caller_id_in", [{"pattern": "(", "replacement": "1"}], id="open group"),
        pytest.param("caller_id_in", [{"pattern": "1", "replacement": "\\1"}], id="no such group"),
        pytest.param("caller_id_out", [{"pattern": "1", "replacement": "1"}] * 51, id="too many"),
    ],
)
def test_what_a_trunk_cannot_be(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        trunk(**{field: value})


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("department", "nowhere", "body.department"),
        ("default_destination", {"kind": "user", "ref": "nobody"}, "body.default_destination.ref"),
    ],
)
async def test_what_a_trunk_names_must_exist(
    services: Services, scope: Scope, field: str, value: object, named: str
) -> None:
    with pytest.raises(Invalid) as made:
        await services.trunks.create(scope, trunk(**{field: value}))
    existing = await services.trunks.create(scope, trunk())
    with pytest.raises(Invalid) as changed:
        await services.trunks.update(scope, existing.id, TrunkPatch.model_validate({field: value}))
    for refused in (made, changed):
        assert [each.field for each in refused.value.fields] == [named]


async def test_a_trunk_shows_its_state(services: Services, scope: Scope) -> None:
    made = await services.trunks.create(scope, trunk())
    assert (made.state, made.state_since) == (TrunkState.UNKNOWN, None)
    now = SystemClock().now()
    services.states.see(made.id, Sighting.SILENT, now)
    shown = await services.trunks.get(scope, made.id)
    assert (shown.state, shown.state_since) == (TrunkState.UNREACHABLE, now)
    assert "OPTIONS" in shown.state_reason


async def test_caller_rules_are_made_changed_and_moved(services: Services, scope: Scope) -> None:
    gate = await services.trunks.create(scope, trunk())
    first = await services.callers.create(scope, caller_rule("First", trunks=[gate.id, gate.id]))
    second = await services.callers.create(scope, caller_rule("Second", closed={"kind": "busy"}))
    assert (first.position, second.position, first.trunks) == (0, 1, [gate.id])
    await services.callers.move(scope, second.id, CallerRuleMove(direction=Direction.UP))
    page = await services.callers.list(scope, CallerRuleQuery())
    assert [rule.name for rule in page.items] == ["Second", "First"]
    assert page.items[0].closed is not None
    patch = CallerRulePatch.model_validate({"caller": "0044*", "closed": None})
    changed = await services.callers.update(scope, second.id, patch)
    assert (changed.caller, changed.closed) == ("0044*", None)
    with pytest.raises(Stale):
        await services.callers.update(scope, second.id, patch, second.version - 1)
    with pytest.raises(InUse, match="Main") as refused:
        await services.trunks.delete(scope, gate.id)
    assert refused.value.used_by == ("caller rule First",)
    await services.callers.delete(scope, first.id)
    await services.trunks.delete(scope, gate.id)


@pytest.mark.parametrize("caller", ["", "*", "**", "12*34", "1" * 41, "sip:me", "+"])
def test_what_is_no_caller(caller: str) -> None:
    with pytest.raises(ValidationError, match="caller"):
        caller_rule("Wrong", caller=caller)


@pytest.mark.parametrize("caller", ["*2145551234", "0044*", "*555*", "+31612345678", "*nonymous"])
def test_what_is_a_caller(caller: str) -> None:
    assert caller_rule("Right", caller=caller).caller == caller


async def test_what_a_caller_rule_names_must_exist(services: Services, scope: Scope) -> None:
    for fields, named in (
        ({"trunks": ["nowhere"]}, "body.trunks.0"),
        ({"destination": {"kind": "user", "ref": "x"}}, "body.destination.ref"),
        ({"holiday": {"kind": "user", "ref": "x"}}, "body.holiday.ref"),
    ):
        with pytest.raises(Invalid) as refused:
            await services.callers.create(scope, caller_rule("Wrong", **fields))
        assert [each.field for each in refused.value.fields] == [named]


async def test_a_did_has_destinations_outside_of_hours(services: Services, scope: Scope) -> None:
    body = {"number": "0201", "destination": END, "closed": {"kind": "busy"}}
    made = await services.dids.create(scope, DidCreate.model_validate(body))
    assert made.closed is not None
    assert (made.closed.kind, made.on_break, made.holiday) == (DestinationKind.BUSY, None, None)
    patch = DidPatch.model_validate({"closed": None, "holiday": {"kind": "external", "ref": "112"}})
    changed = await services.dids.update(scope, made.id, patch)
    assert changed.closed is None
    assert changed.holiday is not None
    bad = DidPatch.model_validate({"on_break": {"kind": "user", "ref": "x"}})
    with pytest.raises(Invalid) as refused:
        await services.dids.update(scope, made.id, bad)
    assert [each.field for each in refused.value.fields] == ["body.on_break.ref"]


async def test_everything_that_leads_to_a_user_is_named(
    services: Services, database: Database, scope: Scope
) -> None:
    ada = await add_employee(database, scope, "101")
    to_ada = {"kind": "user", "ref": ada.user_id}
    assert await services.uses(scope, ada.user_id) == []
    await services.trunks.create(scope, trunk(default_destination=to_ada))
    await services.callers.create(scope, caller_rule("Friends", destination=to_ada))
    await services.callers.create(scope, caller_rule("Late", holiday=to_ada))
    did = {"number": "0201", "destination": END, "on_break": to_ada}
    await services.dids.create(scope, DidCreate.model_validate(did))
    assert sorted(await services.uses(scope, ada.user_id)) == [
        "DID 0201",
        "caller rule Friends",
        "caller rule Late",
        "trunk Main",
    ]


async def test_a_department_with_a_trunk_of_its_own_stays(
    services: Services, database: Database, scope: Scope
) -> None:
    users = UserService(database, Passwords(), EventService(database, SystemClock()))
    departments = DepartmentService(database, users)
    sales = await departments.create(scope, DepartmentCreate(name="Sales"))
    made = await services.trunks.create(scope, trunk(department=sales.id))
    assert made.department == sales.id
    with pytest.raises(InUse) as refused:
        await departments.delete(scope, sales.id)
    assert refused.value.used_by == ("trunk Main",)
    await services.trunks.update(scope, made.id, TrunkPatch(department=None))
    await departments.delete(scope, sales.id)
