"""Sign-in: tokens, cookies, limits, codes, API clients."""

import asyncio
import base64

import pyotp

from orchestrator.signin.service import TRIES
from tests.rest import PASSWORD, World

WRONG = "wrong but long enough"


async def test_unknown_and_wrong_look_the_same(world: World) -> None:
    replies = [
        await world.rest.call("POST", "/sign-in", json={"email": email, "password": WRONG})
        for email in ("platform@example.org", "nobody@example.org")
    ]
    assert {reply.status for reply in replies} == {401}
    details = {(reply.body["detail"], reply.body["id"]) for reply in replies}
    assert len(details) == 1


async def test_one_stale_password_does_not_lock_out_the_office(world: World) -> None:
    victim = {"email": "user@acme.example", "password": WRONG}
    for _ in range(TRIES):
        assert (await world.rest.call("POST", "/sign-in", json=victim)).status == 401
    refused = await world.rest.call("POST", "/sign-in", json=victim)
    assert (refused.status, refused.body["id"]) == (429, "too-many-tries")
    assert int(refused.headers["Retry-After"]) > 0
    assert await world.rest.sign_in("manager@acme.example"), "same address, other account"


async def test_signing_out_ends_the_token(world: World) -> None:
    token = await world.rest.sign_in("owner@acme.example")
    assert (await world.rest.call("GET", "/me", token)).status == 200
    assert (await world.rest.call("POST", "/sign-out", token)).status == 204
    assert (await world.rest.call("GET", "/me", token)).status == 401


async def test_me_says_what_the_client_may_show(world: World) -> None:
    me = (await world.call("manager", "GET", "/me")).body
    assert me["kind"] == "user"
    assert me["tenant_slug"] == "acme"
    assert "manage.reports_and_recordings" in me["rights"]
    assert "manage.call_handling" not in me["rights"]


async def test_writes_by_cookie_need_our_header(world: World) -> None:
    body = {"email": "receptionist@acme.example", "password": PASSWORD, "cookie": True}
    reply = await world.rest.call("POST", "/sign-in", json=body)
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    world.rest.http.session.cookie_jar.clear()
    sent = {"Cookie": cookie.split(";")[0]}
    assert (await world.rest.call("GET", "/me", headers=sent)).status == 200
    forged = await world.rest.call("POST", "/sign-out", headers=sent)
    assert (forged.status, forged.body["id"]) == (403, "csrf")
    ours = {**sent, "X-Centrale-Request": "1"}
    out = await world.rest.call("POST", "/sign-out", headers=ours)
    assert out.status == 204
    assert "Max-Age=0" in out.headers["Set-Cookie"]
    world.rest.http.session.cookie_jar.clear()


async def test_a_new_password_ends_the_other_sign_ins(world: World) -> None:
    email = "department_admin@acme.example"
    here, elsewhere = await world.rest.sign_in(email), await world.rest.sign_in(email)
    listed = await world.rest.call("GET", "/me/sign-ins", here)
    assert sum(each["present"] for each in listed.body["items"]) == 1
    change = {"present": WRONG, "new": "another good password"}
    wrong = await world.rest.call("POST", "/me/password", here, change)
    assert wrong.body["errors"][0]["field"] == "body.present"
    change["present"] = PASSWORD
    assert (await world.rest.call("POST", "/me/password", here, change)).status == 204
    assert (await world.rest.call("GET", "/me", here)).status == 200
    assert (await world.rest.call("GET", "/me", elsewhere)).status == 401
    assert await world.rest.sign_in(email, "another good password")


async def test_codes_as_second_factor(world: World) -> None:
    email = "system_admin@acme.example"
    token = await world.rest.sign_in(email)
    proof = {"password": PASSWORD}
    enrolled = await world.rest.call("POST", "/me/totp/enrol", token, proof)
    totp = pyotp.TOTP(enrolled.body["secret"])
    assert enrolled.body["uri"].startswith("otpauth://totp/Centrale:")
    assert await world.rest.sign_in(email), "an enrolment does not count before its first code"
    confirmed = await world.rest.call("POST", "/me/totp/confirm", token, {"code": totp.now()})
    assert confirmed.status == 204
    body = {"email": email, "password": PASSWORD}
    missing = await world.rest.call("POST", "/sign-in", json=body)
    assert (missing.status, missing.body["id"]) == (401, "totp-required")
    good = {**body, "totp": totp.now()}
    assert (await world.rest.call("POST", "/sign-in", json=good)).status == 200
    again = await world.rest.call("POST", "/sign-in", json=good)
    assert (again.status, again.body["id"]) == (401, "totp-wrong"), "a code counts once"
    reset = f"/tenants/-/users/{world.people['system_admin']}/totp"
    assert (await world.call("owner", "DELETE", reset)).status == 403
    assert (await world.call("system_owner", "DELETE", reset)).status == 204
    assert await world.rest.sign_in(email)
    enrolled = await world.rest.call("POST", "/me/totp/enrol", token, proof)
    assert enrolled.status == 200
    assert (await world.rest.call("POST", "/me/totp/disable", token, proof)).status == 204
    assert await world.rest.sign_in(email)


async def test_api_clients_get_short_lived_tokens(world: World) -> None:
    body = {"name": "Billing", "role": "manager"}
    made = await world.call("system_owner", "POST", "/tenants/-/api-clients", body)
    assert made.status == 201
    secret, client = made.body["client_secret"], made.body["client_id"]
    shown = await world.call("system_owner", "GET", f"/tenants/-/api-clients/{made.body['id']}")
    assert "client_secret" not in shown.body
    http = world.rest.http
    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    async with http.post(
        "/api/v1/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}"},
    ) as answer:
        given = await answer.json()
    assert (answer.status, given["token_type"], given["expires_in"]) == (200, "Bearer", 3600)
    token = given["access_token"]
    assert (await world.rest.call("GET", "/me", token)).body["kind"] == "api_client"
    assert (await world.rest.call("GET", "/tenants/-/calls", token)).status == 200
    assert (await world.rest.call("GET", "/tenants/-/trunks", token)).status == 403
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": "no"}
    async with http.post("/api/v1/oauth/token", data=form) as answer:
        assert (answer.status, (await answer.json())["error"]) == (401, "invalid_client")
    async with http.post("/api/v1/oauth/token", data={"grant_type": "password"}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "unsupported_grant_type")
    path = f"/tenants/-/api-clients/{made.body['id']}"
    assert (await world.call("system_owner", "DELETE", path)).status == 204
    assert (await world.rest.call("GET", "/me", token)).status == 401


async def test_nobody_makes_a_client_above_themselves(world: World) -> None:
    body = {"name": "Root", "role": "system_owner"}
    reply = await world.call("system_admin", "POST", "/tenants/-/api-clients", body)
    assert reply.status == 403


async def test_password_checks_do_not_block_other_requests(world: World) -> None:
    attempts = [
        world.rest.call("POST", "/sign-in", json={"email": f"n{n}@example.org", "password": WRONG})
        for n in range(10)
    ]
    replies = await asyncio.gather(world.call("platform", "GET", "/me"), *attempts)
    assert replies[0].status == 200
    assert {reply.status for reply in replies[1:]} == {401}
