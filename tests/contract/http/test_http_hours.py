"""Office hours over HTTP: what is refused before a service sees it, ETags, and deletion."""

import pytest

from tests.rest import World

WEEK = {"periods": [{"weekday": "monday", "start": "09:00", "end": "24:00"}]}


def hours_of(world: World, department: str = "Sales") -> str:
    return f"/tenants/acme/departments/{world.departments[department]}/hours"


async def test_hours_carry_an_etag_that_guards_them(world: World) -> None:
    path = hours_of(world)
    empty = await world.call("platform", "GET", path)
    assert (empty.status, empty.headers["ETag"]) == (200, '"0"')
    made = await world.call("platform", "PUT", path, WEEK, If_Match='"0"')
    assert (made.status, made.body["periods"]) == (200, WEEK["periods"])
    routed = {**WEEK, "routes": {"closed": {"destination": {"kind": "busy"}}}}
    changed = await world.call("platform", "PUT", path, routed, If_Match=made.headers["ETag"])
    assert changed.headers["ETag"] != made.headers["ETag"]
    late = await world.call("platform", "PUT", path, WEEK, If_Match=made.headers["ETag"])
    assert late.status == 412


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param(
            {"periods": [{"weekday": "monday", "start": "22:00", "end": "02:00"}]},
            "body.periods.0.end",
            id="over-midnight",
        ),
        pytest.param(
            {"periods": [{"weekday": "monday", "start": "24:00", "end": "24:00"}]},
            "body.periods.0.start",
            id="starts-at-24",
        ),
        pytest.param(
            {"periods": [{"weekday": "moonday", "start": "09:00", "end": "10:00"}]},
            "body.periods.0.weekday",
            id="no-such-day",
        ),
        *(
            pytest.param(
                {"routes": {"closed": {"destination": {"kind": "busy"}, "prompt": prompt}}},
                "body.routes.closed.prompt",
                id=f"prompt-{prompt}",
            )
            for prompt in ("../secret", "/etc/passwd", "a//b", "a/", ".hidden", "a..b", "a b", "")
        ),
        pytest.param(
            {"routes": {"closed": {"destination": {"kind": "extension", "ref": "999"}}}},
            "body.routes.closed.destination.ref",
            id="no-such-extension",
        ),
    ],
)
async def test_wrong_fields_are_named(world: World, body: dict[str, object], field: str) -> None:
    reply = await world.call("platform", "PUT", hours_of(world, "Default"), body)
    assert reply.status == 422
    assert field in [each["field"] for each in reply.body["errors"]]


async def test_a_user_to_whom_hours_lead_cannot_be_deleted(world: World) -> None:
    user = world.people["user"]
    way = {"destination": {"kind": "user", "ref": user}, "prompt": "goodbye"}
    path = hours_of(world)
    await world.call("platform", "PUT", path, {"routes": {"break": way}})
    refused = await world.call("platform", "DELETE", f"/tenants/acme/users/{user}")
    assert (refused.status, refused.body["used_by"]) == (409, ["hours of Sales, break"])
    await world.call("platform", "PUT", path, {})


async def test_the_state_is_told_for_any_instant(world: World) -> None:
    path = hours_of(world)
    await world.call("platform", "PUT", path, WEEK)
    monday = await world.call("platform", "GET", f"{path}-state?at=2026-03-02T12:00:00Z")
    assert (monday.body["state"], monday.body["until"]) == ("open", "2026-03-03T00:00:00Z")
    for at in ("yesterday", "2026-03-02T12:00:00", "1999-12-31T00:00:00Z"):
        assert (await world.call("platform", "GET", f"{path}-state?at={at}")).status == 422


async def test_an_override_may_be_set_shown_and_taken_back(world: World) -> None:
    for path in (f"{hours_of(world)}-override", "/tenants/acme/hours-override"):
        assert (await world.call("platform", "GET", path)).status == 404
        body = {"state": "closed", "duration": 60}
        made = await world.call("platform", "PUT", path, body)
        assert (made.status, made.body["set_by"]) == (200, "platform")
        shown = await world.call("platform", "GET", path)
        assert shown.body == made.body
        assert (await world.call("platform", "DELETE", path)).status == 204
        assert (await world.call("platform", "DELETE", path)).status == 404
