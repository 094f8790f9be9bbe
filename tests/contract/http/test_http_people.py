"""Users, departments and devices: numbers, roles and promotion, bulk, secrets, limits."""

from typing import Any

import pytest

from orchestrator.types import Role
from tests.rest import World
from tests.secrecy import tells

USERS = "/tenants/acme/users"


async def add(world: World, who: str, number: str, **fields: object) -> Any:
    reply = await world.call(who, "POST", USERS, {"number": number, **fields})
    assert reply.status == 201, reply
    return reply.body


async def test_a_new_user_has_a_number_a_department_and_devices(world: World) -> None:
    devices = [{"name": "Desk", "kind": "desk_phone"}]
    user = await add(world, "system_admin", "201", first_name="Ada", devices=devices)
    assert user["number"] == "201"
    assert user["memberships"] == [
        {
            "department": world.departments["Default"],
            "role": "user",
            "is_main": True,
            "overrides": {},
        }
    ]
    assert user["can_sign_in"] is False
    page = await world.call("system_admin", "GET", f"/tenants/-/devices?user={user['id']}")
    [device] = page.body["items"]
    assert device["sip"]["host"] == "pbx.example.org"
    assert "sip_secret" not in device


async def test_numbers_are_unique_and_can_change(world: World) -> None:
    user = await add(world, "system_admin", "210")
    taken = await world.call("system_admin", "POST", USERS, {"number": "210"})
    assert taken.status == 409
    assert [e["field"] for e in taken.body["errors"]] == ["body.number"]
    emergency = await world.call("system_admin", "POST", USERS, {"number": "112"})
    assert emergency.status == 422
    moved = await world.call("system_admin", "PATCH", f"{USERS}/{user['id']}", {"number": "211"})
    assert (moved.body["number"], moved.body["version"]) == ("211", user["version"] + 1)
    assert (await add(world, "system_admin", "210"))["number"] == "210"
    deleted = await world.call("system_admin", "DELETE", f"{USERS}/{user['id']}")
    assert deleted.status == 204
    assert (await add(world, "system_admin", "211"))["number"] == "211"


async def test_mail_addresses_that_sign_in_are_unique_on_the_platform(world: World) -> None:
    body = {"email": "platform@example.org", "password": "a good long password"}
    reply = await world.call("system_owner", "POST", USERS, {"number": "220", **body})
    assert reply.status == 409
    body["email"] = "system_owner@globex.example"
    reply = await world.call("system_owner", "POST", USERS, {"number": "220", **body})
    assert reply.status == 409
    shared = await add(world, "system_owner", "220", email="system_owner@globex.example")
    assert shared["can_sign_in"] is False, "without a sign-in, addresses may be shared"


@pytest.mark.parametrize("role", [role.value for role in Role])
async def test_who_may_promote_to_what(world: World, role: str) -> None:
    """The rows `elevate` of the table of roles, by actor."""
    may = {
        "department_admin": {"user", "receptionist"},
        "manager": {"user", "receptionist", "department_admin"},
        "owner": {"user", "receptionist", "department_admin", "manager", "owner"},
        "system_admin": {"user", "receptionist", "department_admin"},
        "system_owner": {each.value for each in Role},
    }
    for index, actor in enumerate(may):
        number = f"3{list(Role).index(Role(role))}{index}"
        membership = {"department": world.departments["Default"], "role": role}
        reply = await world.call(
            actor, "POST", USERS, {"number": number, "memberships": [membership]}
        )
        assert (reply.status == 201) is (role in may[actor]), (actor, role, reply)
        if reply.status == 201:
            await world.call("platform", "DELETE", f"{USERS}/{reply.body['id']}")


async def test_nobody_takes_over_somebody_above_them(world: World) -> None:
    owner = f"{USERS}/{world.people['system_owner']}"
    for patch in ({"password": "taken over now"}, {"email": "me@example.org"}, {"disabled": True}):
        reply = await world.call("system_admin", "PATCH", owner, patch)
        assert reply.status == 403, patch
    assert (await world.call("manager", "DELETE", owner)).status == 403
    down = {"memberships": [{"department": world.departments["Default"], "role": "user"}]}
    assert (await world.call("owner", "PATCH", owner, down)).status == 403
    device = await world.call(
        "system_owner",
        "POST",
        "/tenants/-/devices",
        {"user": world.people["system_owner"], "name": "App", "kind": "app"},
    )
    reveal = f"/tenants/-/devices/{device.body['id']}/reveal-secret"
    assert (await world.call("department_admin", "POST", reveal)).status == 403


async def test_everybody_has_a_pin_that_only_they_and_their_managers_see(world: World) -> None:
    user = await add(world, "system_admin", "251", pin_protected=True)
    path = f"{USERS}/{user['id']}"
    assert "pin" not in user
    assert (user["pin_protected"], user["pin_seconds"]) == (True, 300)
    drawn = (await world.call("manager", "GET", f"{path}/pin")).body["pin"]
    assert (len(drawn), drawn.isdecimal()) == (4, True)
    changed = await world.call("manager", "PATCH", path, {"pin": "4711", "pin_seconds": 60})
    assert (changed.status, "pin" in changed.body, changed.body["pin_seconds"]) == (200, False, 60)
    assert (await world.call("manager", "GET", f"{path}/pin")).body == {"pin": "4711"}
    assert (await world.call("user", "GET", f"{path}/pin")).status == 404
    assert (await world.call("user", "PUT", f"{path}/pin", {"pin": "2580"})).status == 404
    log = await world.call(
        "system_owner", "GET", f"/tenants/-/audit-entries?object_id={user['id']}"
    )
    tags = [entry["tag"] for entry in log.body["items"]]
    assert tags.count("tenant:user:pin_revealed") == 2
    assert not tells(str(log.body), "4711")


async def test_people_change_their_own_pin(world: World) -> None:
    own = "/tenants/-/users/-/pin"
    set_ = await world.call("user", "PUT", own, {"pin": "258036"})
    assert (set_.status, set_.body) == (200, {"pin": "258036"})
    assert (await world.call("user", "GET", own)).body == {"pin": "258036"}
    by_id = f"/tenants/-/users/{world.people['user']}/pin"
    assert (await world.call("user", "GET", by_id)).body == {"pin": "258036"}
    log = await world.call(
        "system_owner", "GET", f"/tenants/-/audit-entries?object_id={world.people['user']}"
    )
    assert "tenant:user:pin_revealed" not in [entry["tag"] for entry in log.body["items"]]
    assert (await world.call("platform", "GET", "/tenants/acme/users/-/pin")).status == 404


@pytest.mark.parametrize(
    "pin", ["123", "12345678901", "12a4", "", None, "2511", "1111", "3456", "9876", "9012"]
)
async def test_weak_pins_are_refused_by_field(world: World, pin: str | None) -> None:
    user = await add(world, "system_admin", "2511", pin="4711")
    path = f"{USERS}/{user['id']}"
    for method, where, body in (
        ("PATCH", path, {"pin": pin}),
        ("PUT", f"{path}/pin", {"pin": pin}),
    ):
        reply = await world.call("manager", method, where, body)
        assert (reply.status, [e["field"] for e in reply.body["errors"]]) == (422, ["body.pin"])
    assert (await world.call("manager", "GET", f"{path}/pin")).body == {"pin": "4711"}
    await world.call("manager", "DELETE", path)


async def test_the_pin_of_somebody_above_is_neither_shown_nor_changed(world: World) -> None:
    path = f"{USERS}/{world.people['system_owner']}/pin"
    assert (await world.call("system_admin", "GET", path)).status == 403
    assert (await world.call("system_admin", "PUT", path, {"pin": "4711"})).status == 403
    owner = f"{USERS}/{world.people['system_owner']}"
    assert (await world.call("system_admin", "PATCH", owner, {"pin": "4711"})).status == 403


async def test_the_last_system_owner_stays(world: World) -> None:
    owner = f"{USERS}/{world.people['system_owner']}"
    lowered = {"memberships": [{"department": world.departments["Default"], "role": "user"}]}
    for method, body in (("DELETE", None), ("PATCH", {"disabled": True}), ("PATCH", lowered)):
        reply = await world.call("platform", method, owner, body)
        assert (reply.status, reply.body["id"]) == (409, "last-system-owner"), reply


async def test_departments_limit_whom_one_sees_and_changes(world: World) -> None:
    sales = {"department": world.departments["Sales"], "role": "user"}
    hidden = await add(world, "system_admin", "400", memberships=[sales])
    both = await add(
        world,
        "system_admin",
        "401",
        memberships=[{"department": world.departments["Default"], "is_main": True}, sales],
    )
    page = await world.call("department_admin", "GET", f"{USERS}?search=40&limit=200")
    assert [user["number"] for user in page.body["items"]] == ["401"]
    path = f"{USERS}/{hidden['id']}"
    assert (await world.call("department_admin", "GET", path)).status == 404
    assert (await world.call("department_admin", "PATCH", path, {"number": "9"})).status == 422
    assert (await world.call("department_admin", "PATCH", path, {"mobile": "1"})).status == 404
    reply = await world.call(
        "department_admin", "POST", USERS, {"number": "402", "memberships": [sales]}
    )
    assert reply.status == 403
    kept = await world.call(
        "department_admin",
        "PATCH",
        f"{USERS}/{both['id']}",
        {"memberships": [{"department": world.departments["Default"], "role": "receptionist"}]},
    )
    roles = {m["department"]: m["role"] for m in kept.body["memberships"]}
    assert roles == {
        world.departments["Default"]: "receptionist",
        world.departments["Sales"]: "user",
    }
    assert (await world.call("department_admin", "DELETE", f"{USERS}/{both['id']}")).status == 403
    seen = await world.call("department_admin", "GET", "/tenants/-/departments")
    assert [each["name"] for each in seen.body["items"]] == ["Default"]


async def test_rights_that_one_lacks_cannot_be_given(world: World) -> None:
    def body(number: str, right: str) -> dict[str, object]:
        place = {"department": world.departments["Default"], "overrides": {right: True}}
        return {"number": number, "memberships": [place]}

    lacking = body("410", "manage.reports_and_recordings")
    assert (await world.call("system_admin", "POST", USERS, lacking)).status == 422
    held = body("410", "presence.park_calls")
    assert (await world.call("system_admin", "POST", USERS, held)).status == 201


async def test_bulk_does_all_or_nothing_and_names_every_wrong_row(world: World) -> None:
    rows: list[dict[str, object]] = [{"number": str(500 + n)} for n in range(4)]
    rows[1]["number"] = "100"
    rows[3]["memberships"] = [{"department": "nowhere"}]
    wrong = await world.call("system_admin", "POST", f"{USERS}/bulk", {"create": rows})
    assert wrong.status == 422
    assert [e["field"] for e in wrong.body["errors"]] == [
        "body.create.1.number",
        "body.create.3.memberships.0.department",
    ]
    page = await world.call("system_admin", "GET", f"{USERS}?search=50")
    assert page.body["items"] == []
    good = [{"number": str(500 + n)} for n in range(3)]
    done = await world.call("system_admin", "POST", f"{USERS}/bulk", {"create": good})
    ids = [user["id"] for user in done.body["created"]]
    change = {
        "update": [{"id": each, "ring_seconds": 45} for each in ids[:2]],
        "delete": [ids[2]],
    }
    done = await world.call("system_admin", "POST", f"{USERS}/bulk", change)
    assert [user["ring_seconds"] for user in done.body["updated"]] == [45, 45]
    assert done.body["deleted"] == 1
    assert (await world.call("system_admin", "GET", f"{USERS}/{ids[2]}")).status == 404


async def test_departments_in_use_stay(world: World) -> None:
    path = f"/tenants/-/departments/{world.departments['Default']}"
    default = await world.call("system_admin", "DELETE", path)
    assert (default.status, default.body["id"]) == (409, "default-department")
    made = await world.call("system_admin", "POST", "/tenants/-/departments", {"name": "Busy"})
    await add(world, "system_admin", "600", memberships=[{"department": made.body["id"]}])
    path = f"/tenants/-/departments/{made.body['id']}"
    busy = await world.call("system_admin", "DELETE", path)
    assert (busy.status, busy.body["id"]) == (409, "in-use")
    assert busy.body["used_by"]


async def test_users_that_numbers_lead_to_stay(world: World) -> None:
    user = await add(world, "system_admin", "610")
    did = {"number": "+31201234567", "destination": {"kind": "user", "ref": user["id"]}}
    assert (await world.call("system_admin", "POST", "/tenants/-/dids", did)).status == 201
    reply = await world.call("system_admin", "DELETE", f"{USERS}/{user['id']}")
    assert (reply.status, reply.body["used_by"]) == (409, ["DID +31201234567"])


async def test_secrets_are_shown_on_demand_only_and_rotate(world: World) -> None:
    body = {"user": world.people["user"], "name": "Desk", "kind": "desk_phone"}
    made = await world.call("system_admin", "POST", "/tenants/-/devices", body)
    secret, path = made.body["sip_secret"], f"/tenants/-/devices/{made.body['id']}"
    assert len(secret) >= 20
    assert "sip_secret" not in (await world.call("system_admin", "GET", path)).body
    shown = await world.call("system_admin", "POST", f"{path}/reveal-secret")
    assert shown.body["sip_secret"] == secret
    new = await world.call("system_admin", "POST", f"{path}/rotate-secret")
    assert new.body["sip_secret"] != secret
    log = await world.call(
        "system_owner", "GET", f"/tenants/-/audit-entries?object_id={made.body['id']}"
    )
    assert {e["tag"] for e in log.body["items"]} == {
        "tenant:device:created",
        "tenant:device:secret_revealed",
        "tenant:device:updated",
    }
    assert secret not in str(log.body)


async def test_limits_hold_and_are_recorded(world: World) -> None:
    path = "/tenants/globex"
    assert (await world.call("south", "PATCH", path, {"max_users": 1})).status == 200
    full = await world.call("stranger", "POST", f"{path}/users", {"number": "700"})
    assert (full.status, full.body["id"]) == (429, "limit-reached")
    await world.rest.services.events.flush()
    log = await world.call("stranger", "GET", "/tenants/-/events?number=8193")
    assert log.body["items"][0]["level"] == "error"
