"""Statuses, forwarding and exceptions, through their services."""

from datetime import timedelta

import pytest

from orchestrator.db.session import Database
from orchestrator.errors import InUse, Invalid, NotFound, Stale
from orchestrator.forwarding.rules import Status, When
from orchestrator.forwarding.schemas import (
    ExceptionQuery,
    StatusBody,
)
from orchestrator.options.model import TenantOptions
from orchestrator.people.schemas import UserPatch
from orchestrator.people.writing import open_desk
from orchestrator.routing.model import EmergencyNumber
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import Grant, Role
from tests.factories.forwarding import (
    TEN,
    Office,
    always,
    exception,
    forwarding,
    give_mobile,
    open_office,
)


@pytest.fixture
async def office(database: Database) -> Office:
    return await open_office(database)


# -- status ------------------------------------------------------------------------------------


async def test_everybody_is_available_until_they_say_otherwise(office: Office) -> None:
    shown = await office.forwarding.status(office.scope, office.ann)
    assert (shown.status, shown.present, shown.name) == (*(Status.AVAILABLE,) * 2, "Available")
    assert shown.version == 0
    body = StatusBody(status=Status.CUSTOM_AWAY, message="In Oslo")
    changed = await office.forwarding.set_status(office.scope, office.ann, body, 0)
    assert (changed.present, changed.name, changed.message) == (
        Status.CUSTOM_AWAY,
        "Business trip",
        "In Oslo",
    )
    with pytest.raises(Stale):
        await office.forwarding.set_status(office.scope, office.ann, body, changed.version + 1)
    with pytest.raises(Stale):
        await office.forwarding.set_status(office.scope, office.bob, body, 3)


async def test_a_temporary_status_is_gone_when_its_time_is_over(office: Office) -> None:
    away = StatusBody(status=Status.AWAY, temporary=True, seconds=60)
    shown = await office.forwarding.set_status(office.scope, office.ann, away)
    assert (shown.status, shown.temporary) == (Status.AVAILABLE, Status.AWAY)
    assert shown.until == TEN + timedelta(seconds=60)
    assert shown.present is Status.AWAY
    office.clock.move(60)
    later = await office.forwarding.status(office.scope, office.ann)
    assert (later.present, later.temporary, later.until) == (Status.AVAILABLE, None, None)


async def test_while_the_hours_choose_a_choice_lasts_until_they_change(office: Office) -> None:
    await office.put(office.ann, auto_switch=True)
    lunch = StatusBody(status=Status.CUSTOM_AVAILABLE)
    shown = await office.forwarding.set_status(office.scope, office.ann, lunch)
    assert (shown.present, shown.until) == (Status.CUSTOM_AVAILABLE, TEN.replace(hour=17))
    office.clock.move(7 * 3600)
    evening = await office.forwarding.status(office.scope, office.ann)
    assert evening.present is Status.DO_NOT_DISTURB


@pytest.mark.parametrize(
    "fields",
    [
        {"temporary": True, "until": TEN},
        {"temporary": True, "until": TEN + timedelta(days=1), "seconds": 5},
        {"seconds": 5},
        {"until": TEN + timedelta(days=1)},
    ],
)
async def test_an_end_that_is_none_is_refused(office: Office, fields: dict[str, object]) -> None:
    body = StatusBody.model_validate({"status": "away"} | fields)
    with pytest.raises(Invalid) as invalid:
        await office.forwarding.set_status(office.scope, office.ann, body)
    assert [each.field for each in invalid.value.fields] == ["body.until"]


async def test_custom_statuses_have_the_names_that_the_tenant_gave(office: Office) -> None:
    async with office.database.transaction(office.scope) as session:
        session.add(TenantOptions(statuses={"custom_away": "On the road"}))
    body = StatusBody(status=Status.CUSTOM_AWAY)
    shown = await office.forwarding.set_status(office.scope, office.ann, body)
    assert shown.name == "On the road"


# -- who may -----------------------------------------------------------------------------------


async def test_people_have_their_own_and_managers_those_of_their_departments(
    office: Office,
) -> None:
    own = office.acting(office.ann, Grant(Role.USER))
    body = StatusBody(status=Status.AWAY)
    assert (await office.forwarding.set_status(own, "-", body)).user == office.ann
    assert (await office.forwarding.status(own, office.ann)).present is Status.AWAY
    made = await office.exceptions.create(own, "-", exception())
    for refused in (
        office.forwarding.status(own, office.bob),
        office.forwarding.set_status(own, office.bob, body),
        office.forwarding.forwarding(own, office.bob),
        office.forwarding.set_forwarding(own, office.bob, forwarding()),
        office.exceptions.list(own, office.bob, ExceptionQuery()),
        office.exceptions.create(own, office.bob, exception()),
        office.exceptions.get(office.acting(office.bob, Grant(Role.USER)), (office.ann, made.id)),
        office.exceptions.delete(office.acting(office.bob, Grant(Role.USER)), ("-", made.id)),
    ):
        with pytest.raises(NotFound):
            await refused
    manager = office.acting(office.bob, Grant(Role.SYSTEM_ADMIN))
    assert (await office.forwarding.status(manager, office.ann)).user == office.ann
    assert (await office.exceptions.get(manager, (office.ann, made.id))).id == made.id


async def test_only_a_user_is_oneself(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.forwarding.status(office.scope, "-")


# -- forwarding --------------------------------------------------------------------------------


async def test_forwarding_is_kept_as_it_was_put(office: Office) -> None:
    await give_mobile(office, office.ann)
    body = forwarding(
        screening=True,
        profiles={
            "available": {
                "no_answer_seconds": 20,
                "ring_mobile": True,
                "several_calls": False,
                "destinations": {"no_answer": {"internal": {"kind": "user", "ref": office.bob}}},
            },
            "away": {"destinations": {"always": {"external": {"kind": "mobile"}}}},
        },
    )
    shown = await office.forwarding.set_forwarding(office.scope, office.ann, body)
    assert shown == await office.forwarding.forwarding(office.scope, office.ann)
    assert set(shown.profiles) == set(Status)
    available = shown.profiles[Status.AVAILABLE]
    assert (available.no_answer_seconds, available.ring_mobile) == (20, True)
    assert available.destinations[When.NO_ANSWER].external is None
    mobile = shown.profiles[Status.AWAY].destinations[When.ALWAYS].external
    assert mobile is not None
    assert mobile.ref == office.ann, "an empty mobile is one's own"
    again = await office.forwarding.set_forwarding(
        office.scope, office.ann, forwarding(), shown.version
    )
    assert again.version > shown.version
    assert not again.profiles[Status.AVAILABLE].destinations, "what is not named has its default"
    with pytest.raises(Stale):
        await office.forwarding.set_forwarding(
            office.scope, office.ann, forwarding(), shown.version
        )


async def test_what_is_put_decides_calls(office: Office) -> None:
    await office.put(office.ann, profiles=always("user", office.bob))
    await office.exceptions.create(office.scope, office.ann, exception(caller="+316*"))
    plan = await ReadModel(office.database).load()
    mine = plan.tenants[office.scope.tenant].people[office.ann].forwarding
    away = mine.profiles[Status.AWAY].destinations[When.ALWAYS]
    assert away.internal is not None
    assert away.internal.ref == office.bob
    assert [each.caller for each in mine.exceptions] == ["+316*"]


@pytest.mark.parametrize(
    ("profiles", "field"),
    [
        pytest.param(
            always("user", "nobody"), "away.destinations.always.internal.ref", id="no such user"
        ),
        pytest.param(
            always("extension", "999"),
            "away.destinations.always.internal.ref",
            id="no such extension",
        ),
        pytest.param(always("mobile"), "away.destinations.always.internal.kind", id="no mobile"),
        pytest.param(
            always("external", "abc"), "away.destinations.always.internal.ref", id="no number"
        ),
        pytest.param(
            always("external", "112"), "away.destinations.always.internal.ref", id="emergency"
        ),
        pytest.param(
            always("extension", "101"), "away.destinations.always.internal.ref", id="oneself"
        ),
        pytest.param(
            always("busy", status="available"), "available.destinations.always", id="it rings"
        ),
        pytest.param(
            {"away": {"destinations": {"busy": {"internal": {"kind": "busy"}}}}},
            "away.destinations.busy",
            id="it does not ring",
        ),
        pytest.param({"away": {"no_answer_seconds": 20}}, "away.no_answer_seconds", id="no ring"),
        pytest.param({"away": {"ring_mobile": True}}, "away.ring_mobile", id="nothing rings"),
        pytest.param(
            {"available": {"ring_mobile": True}}, "available.ring_mobile", id="no mobile to ring"
        ),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(
    office: Office, profiles: dict[str, object], field: str
) -> None:
    async with office.database.transaction(office.scope) as session:
        session.add(EmergencyNumber(number="112"))
    with pytest.raises(Invalid) as invalid:
        await office.put(office.ann, profiles=profiles)
    assert [each.field for each in invalid.value.fields] == [f"body.profiles.{field}"]
    shown = await office.forwarding.forwarding(office.scope, office.ann)
    assert shown.version == 0, "nothing is half done"


@pytest.mark.parametrize("kind", ["external", "rebound", "mobile"])
async def test_forwarding_outside_may_be_switched_off(office: Office, kind: str) -> None:
    await give_mobile(office, office.ann)
    async with office.database.transaction(office.scope) as session:
        session.add(TenantOptions(outbound={"forward_outside": False}))
    ref = "" if kind == "mobile" else "0201234567"
    with pytest.raises(Invalid, match="switched off"):
        await office.put(office.ann, profiles=always(kind, ref))
    with pytest.raises(Invalid, match="switched off"):
        await office.exceptions.create(office.scope, office.ann, exception(kind, ref))


async def test_the_mobile_of_somebody_else_is_no_destination(office: Office) -> None:
    await give_mobile(office, office.ann)
    await give_mobile(office, office.bob)
    with pytest.raises(Invalid, match="own mobile"):
        await office.put(office.ann, profiles=always("mobile", office.bob))


async def test_people_who_send_all_calls_round_are_refused_and_named(office: Office) -> None:
    await office.put(office.ann, profiles=always("user", office.bob))
    await office.put(office.bob, profiles=always("extension", "103", "do_not_disturb"))
    with pytest.raises(Invalid) as invalid:
        await office.put(office.carol, profiles=always("user", office.ann, "custom_away"))
    (wrong,) = invalid.value.fields
    assert wrong.field == "body.profiles.custom_away.destinations.always.internal.ref"
    names = ("103 User 103", "101 User 101", "102 User 102", "103 User 103")
    assert wrong.message.endswith(" -> ".join(names))
    with pytest.raises(Invalid, match="come back"):
        await office.exceptions.create(office.scope, office.carol, exception("user", office.ann))
    await office.exceptions.create(
        office.scope, office.carol, exception("user", office.ann, caller="101")
    )


async def test_colleagues_may_cover_for_each_other(office: Office) -> None:
    def when(way: str, ref: str) -> dict[str, object]:
        return {"available": {"destinations": {way: {"internal": {"kind": "user", "ref": ref}}}}}

    await office.put(office.ann, profiles=when("no_answer", office.bob))
    await office.put(office.bob, profiles=when("no_answer", office.ann))
    inside = {"internal": {"kind": "user", "ref": office.bob}}
    outside = {"external": {"kind": "user", "ref": office.ann}}
    await office.put(office.ann, profiles={"away": {"destinations": {"always": inside}}})
    await office.put(office.bob, profiles={"away": {"destinations": {"always": outside}}})
    shown = await office.forwarding.forwarding(office.scope, office.bob)
    assert shown.profiles[Status.AWAY].destinations[When.ALWAYS].external


# -- what leads to somebody ----------------------------------------------------------------------


async def test_a_mobile_that_calls_go_to_is_not_taken_away(office: Office) -> None:
    await give_mobile(office, office.bob)
    await office.put(office.bob, profiles=always("mobile"))

    async def change(**fields: str | None) -> None:
        async with office.database.transaction(office.scope) as session:
            desk = await open_desk(session, office.scope)
            await desk.change(office.bob, UserPatch(**fields), None, None)  # type: ignore[arg-type]

    with pytest.raises(InUse) as in_use:
        await change(mobile=None)
    assert in_use.value.used_by == ("forwarding of 102 User 102 (away)",)
    await change(mobile="0687654321")
    await office.put(office.bob)
    await change(mobile=None)


async def test_a_user_to_whom_calls_are_forwarded_is_not_deleted(office: Office) -> None:
    await give_mobile(office, office.bob)
    await office.put(office.bob, profiles=always("mobile"))
    await office.put(office.ann, profiles=always("user", office.bob))
    await office.exceptions.create(
        office.scope, office.carol, exception("extension", "102", name="Boss")
    )
    with pytest.raises(InUse) as in_use:
        async with office.database.transaction(office.scope) as session:
            await (await open_desk(session, office.scope)).remove(office.bob)
    assert in_use.value.used_by == (
        "forwarding of 101 User 101 (away)",
        "forwarding of 103 User 103 (exception Boss)",
    )
    await office.put(office.ann)
    page = await office.exceptions.list(office.scope, office.carol, ExceptionQuery())
    await office.exceptions.delete(office.scope, (office.carol, page.items[0].id))
    async with office.database.transaction(office.scope) as session:
        await (await open_desk(session, office.scope)).remove(office.bob)
    with pytest.raises(NotFound):
        await office.forwarding.forwarding(office.scope, office.bob)
