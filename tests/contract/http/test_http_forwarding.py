"""Statuses and forwarding over HTTP: one's own by `-`, versions, errors at their fields."""

import pytest

from tests.rest import World

OWN = "/tenants/-/users/-"


async def test_a_user_puts_the_own_status_and_no_colleagues(world: World) -> None:
    body = {"status": "away", "message": "Back at two", "temporary": True, "seconds": 7200}
    put = await world.call("user", "PUT", f"{OWN}/status", body)
    assert (put.status, put.body["present"], put.body["status"]) == (200, "away", "available")
    assert put.headers["ETag"] == f'"{put.body["version"]}"'
    stale = await world.call("user", "PUT", f"{OWN}/status", body, If_Match='"99"')
    assert stale.status == 412
    colleague = f"/tenants/-/users/{world.people['manager']}/status"
    assert (await world.call("user", "PUT", colleague, body)).status == 404
    shown = await world.call(
        "system_owner", "GET", f"/tenants/-/users/{world.people['user']}/status"
    )
    assert shown.body["message"] == "Back at two"


async def test_forwarding_goes_in_and_out_as_it_is(world: World) -> None:
    to = {"kind": "user", "ref": world.people["manager"]}
    body = {
        "leave_queues_when_closed": True,
        "profiles": {
            "available": {
                "no_answer_seconds": 20,
                "destinations": {"no_answer": {"internal": to, "external": to}},
            },
            "away": {
                "destinations": {
                    "always": {"external": {"kind": "rebound", "ref": "0612345678"}},
                    "no_answer": {"external": to},
                }
            },
        },
    }
    put = await world.call("user", "PUT", f"{OWN}/forwarding", body)
    assert put.status == 200, put
    got = await world.call("user", "GET", f"{OWN}/forwarding")
    assert got.body == put.body
    assert got.body["leave_queues_when_closed"] is True
    again = {k: got.body[k] for k in ("auto_switch", "screening", "profiles")}
    assert (await world.call("user", "PUT", f"{OWN}/forwarding", again)).status == 200


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"ring_mobile": True}, "body.profiles.available.ring_mobile"),
        ({"no_answer_seconds": 1}, "body.profiles.available.no_answer_seconds"),
        ({"destinations": {"never": {}}}, "body.profiles.available.destinations.never"),
    ],
)
async def test_what_is_wrong_is_named(world: World, profile: dict[str, object], field: str) -> None:
    wrong = await world.call(
        "user", "PUT", f"{OWN}/forwarding", {"profiles": {"available": profile}}
    )
    assert wrong.status == 422
    assert any(each["field"].startswith(field) for each in wrong.body["errors"]), wrong


async def test_exceptions_from_creation_to_deletion(world: World) -> None:
    path = f"{OWN}/forwarding/exceptions"
    body = {
        "name": "Supplier",
        "caller": "+3120555*",
        "source": "external",
        "hours": "specific_hours",
        "periods": [{"weekday": "friday", "start": "12:00", "end": "24:00"}],
        "destination": {"kind": "busy"},
    }
    made = await world.call("user", "POST", path, body)
    assert made.status == 201, made
    one = f"{path}/{made.body['id']}"
    changed = await world.call("user", "PATCH", one, {"when": "no_answer"}, If_Match='"1"')
    assert (changed.status, changed.body["when"]) == (200, "no_answer")
    moved = await world.call("user", "POST", f"{one}/move", {"direction": "up"})
    assert moved.status == 200
    listed = await world.call("user", "GET", path)
    assert [each["name"] for each in listed.body["items"]] == ["Supplier"]
    assert (await world.call("receptionist", "GET", one)).status == 404
    assert (await world.call("user", "DELETE", one)).status == 204
    assert (await world.call("user", "GET", one)).status == 404
