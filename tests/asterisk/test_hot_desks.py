"""Hot-desk phones on the real Asterisk: nobody's until somebody logs in, then that person's."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from orchestrator.audit.schemas import AuditQuery
from orchestrator.clock import SystemClock
from orchestrator.devices.model import Device
from orchestrator.devices.service import SipAddress
from orchestrator.events.service import EventService
from orchestrator.hot_desks.login import HotDeskLogin
from orchestrator.hot_desks.schemas import HotDeskCreate
from orchestrator.hot_desks.service import HotDeskService
from orchestrator.options.model import TenantOptions
from orchestrator.types import Actor, ActorKind, Scope
from tests.asterisk.hot_desks import PIN, key_in, placed, until_used, user_of
from tests.asterisk.office import (
    Books,
    Colleague,
    Office,
    codes,
    next_provider_host,
    story,
    until,
    until_found,
)
from tests.asterisk.test_recovery import Process, process
from tests.phones.phone import Account, SippPhone
from tests.phones.wire import Address
from tests.secrecy import tells

__all__ = ["process"]

OUTSIDE = "0612345678"


async def test_given_nobody_logged_in_when_it_calls_then_only_help_is_reached(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    await office.emergency("112")
    [bob] = await office.desks("102")
    silent = await bob.answer()
    desk = await placed(office)
    phone = await office.speaker(desk, 440)

    for refused, number in enumerate(("102", OUTSIDE, "*62", "999"), 1):
        await phone.dial(number)
        await until_found(lambda: phone.hears_music(but=(440,)))
        await phone.until_received("403 INVITE", count=refused)
        await phone.until_idle()
    far = await provider.phone.answer()
    await phone.dial("112")
    await phone.until_line("ESTABLISHED")
    await phone.hang_up()
    await far.until_sent("200 BYE")
    assert "sip:112@" in far.received("INVITE")[0].start_line
    assert "+31201234500" in far.received("INVITE")[0].headers["from"]
    await far.stop()
    assert not silent.received("INVITE")
    await silent.stop()
    *refusals, help_ = await office.journal(5)
    assert {(call.verdict, call.reason) for call in refusals} == {("refused", "not_logged_in")}
    assert {(call.caller_number, call.caller_name) for call in refusals} == {("", "Lobby")}
    assert (help_.verdict, help_.direction) == ("answered", "outbound")


async def test_given_nobody_logged_in_then_nobody_can_call_it(office: Office) -> None:
    [caller] = await office.desks("102")
    desk = await placed(office)
    phone = await office.desk(desk)
    ringing = await phone.ring()
    assert codes(await caller.call_refused(desk.accounts[0].username, 404))
    assert not ringing.received("INVITE")
    await ringing.stop()


async def test_when_101_logs_in_then_the_phone_is_theirs_until_they_log_out(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    ann = await office.hire("101", devices=0, pin=PIN, outbound_caller_id="+31201234511")
    [bob] = await office.desks("102")
    desk = await placed(office)
    phone = await office.speaker(desk, 440)

    await key_in(phone, "*77*", "101#", f"{PIN}#")
    await until_used(office, desk, ann)
    heard, far = await bob.answer(), await provider.phone.answer()
    for number, there in (("102", heard), (OUTSIDE, far)):
        await phone.dial(number)
        await phone.until_line("ESTABLISHED")
        await phone.hang_up()
        await there.until_sent("200 BYE")
        await there.stop()
    assert heard.received("INVITE")[0].headers["from"].startswith('"User 101" <sip:101@')
    assert "+31201234511" in far.received("INVITE")[0].headers["from"]
    await key_in(phone, "*77*5*")
    await until_used(office, desk, None)
    await bob.call_refused("101", 480)

    login, colleague, outward, logout, vain = await office.journal(5)
    assert story(login) == ("answered", "ended", [("service_code", "*77*", "ended")])
    for made in (colleague, outward):
        assert (made.caller_number, made.caller_name) == ("101", "User 101")
    assert story(logout) == ("answered", "ended", [("service_code", "*77*5*", "ended")])
    assert vain.verdict == "refused"
    entries = await office.centrale.services.audit.list(office.books.scope, AuditQuery(limit=200))
    done = [(e.tag, e.actor_name) for e in entries.items if "hot_desk:" in e.tag]
    assert sorted(done) == [
        ("tenant:hot_desk:logged_in", "User 101"),
        ("tenant:hot_desk:logged_out", "User 101"),
    ]


async def test_when_101_has_logged_in_then_calls_and_the_lamp_of_101_follow(
    office: Office,
) -> None:
    ann = await office.hire("101", devices=0, pin=PIN)
    [bob] = await office.desks("102")
    keys = await office.keys(await office.hire("100"))
    lamp = await keys.subscribe("101")
    await until(lambda: office.watches("101"), seconds=30)
    desk = await placed(office)
    phone = await office.speaker(desk, 440)
    await key_in(phone, "*77*101*", f"{PIN}#")
    await until_used(office, desk, ann)
    call = await bob.call("101", ended_by="us")
    await keys.until_told(lamp, "terminated", "early")
    await phone.answer()
    await keys.until_told(lamp, "early", "confirmed")
    await call.hang_up()
    await phone.until_idle()
    heard = await bob.answer()
    await phone.dial("102")
    await phone.until_line("ESTABLISHED")
    await keys.until_told(lamp, "terminated", "confirmed")
    await phone.hang_up()
    await heard.until_sent("200 BYE")
    await heard.stop()


async def test_when_101_logs_in_elsewhere_then_the_first_phone_is_nobodys(office: Office) -> None:
    ann = await office.hire("101", pin=PIN)
    bob = await office.hire("102", pin="2580")
    own = await office.desk(ann)
    [caller] = await office.desks("103")
    lobby, attic = await placed(office, "Lobby"), await placed(office, "Attic")
    first, second = await office.speaker(lobby, 440), await office.speaker(attic, 700)

    await key_in(first, "*77*101*", f"{PIN}#")
    await key_in(second, "*77*101*", f"{PIN}#")
    await until_used(office, attic, ann)
    await until_used(office, lobby, None)
    ringing = await own.ring()
    call = await caller.call("101", ended_by="us")
    await second.answer()
    await ringing.until_sent("200 CANCEL")
    assert not await first.lines()
    await call.hang_up()
    await second.until_idle()
    await ringing.stop()
    # Somebody else takes the second one over.
    await key_in(second, "*77*102*", "2580#")
    await until_used(office, attic, bob)


async def test_given_wrong_pins_then_all_denials_are_alike_and_the_third_blocks(
    office: Office,
) -> None:
    await office.hire("101", pin=PIN)
    desk = await placed(office)
    phone = await office.speaker(desk, 440)
    for extension in ("101", "999"):
        await phone.dial(f"*77*{extension}*")
        await phone.until_line("ESTABLISHED")
        while await phone.lines():
            await phone.press("0815#")
        await phone.until_idle()
    # Not even the right one, nor another one of nobody, for a while.
    for extension in ("101", "999"):
        await key_in(phone, f"*77*{extension}*", f"{PIN}#")
    assert user_of(office, desk) is None
    calls = await office.journal(4)
    assert {(call.verdict, call.reason) for call in calls} == {("refused", "wrong_pin")}
    told = [call.model_dump_json() for call in calls]
    assert not any(tells(text, PIN) or tells(text, "0815") for text in told)


async def test_when_an_administrator_logs_101_out_then_a_call_goes_on_and_the_next_is_refused(
    office: Office,
) -> None:
    ann = await office.hire("101", devices=0, pin=PIN)
    [bob] = await office.desks("102")
    desk = await placed(office)
    phone = await office.speaker(desk, 440)
    await key_in(phone, "*77*101*", f"{PIN}#")
    await until_used(office, desk, ann)
    talking = await bob.answer()
    await phone.dial("102")
    await phone.until_line("ESTABLISHED")
    await office.centrale.services.hot_desks.log_out(office.books.scope, desk.user_id)
    await until_used(office, desk, None)
    assert not talking.received("BYE")
    assert (await phone.until_line("ESTABLISHED")).state == "ESTABLISHED"
    await phone.hang_up()
    await talking.until_sent("200 BYE")
    await phone.dial("102")
    await phone.until_received("403 INVITE")
    await phone.until_idle()
    await talking.stop()
    _, made, refused = await office.journal(3)
    assert (made.caller_number, made.verdict) == ("101", "answered")
    assert (refused.caller_number, refused.reason) == ("", "not_logged_in")


async def test_when_a_phone_changes_hands_then_its_message_lamp_follows(office: Office) -> None:
    ann, bob = await office.hire("101", pin=PIN), await office.hire("102", pin=PIN)
    desk = await placed(office)
    keys = await office.keys(desk)
    await keys.register()
    endpoint = desk.accounts[0].username
    await until(lambda: endpoint in (office.centrale.presence.lookout.registered or ()))
    lamps = office.centrale.presence.messages
    lamps.show(ann.user_id, 2, 1)
    features = office.centrale.node.registry.ports.features
    tenant = office.books.scope.tenant

    def last() -> str:
        told = keys.notified("message-summary")
        return told[-1].body.split()[3] if told else ""

    await until(lambda: last() == "0/0")
    for who, shows in ((ann, "2/1"), (bob, "0/0"), (ann, "2/1")):
        await features.use_hot_desk(tenant, who.user_id, desk.user_id)
        await until(lambda shows=shows: last() == shows)  # type: ignore[misc]
    await features.leave_hot_desk(tenant, ann.user_id, desk.user_id)
    await until(lambda: last() == "0/0")
    await keys.register(expires=0)


async def test_given_a_closing_time_when_it_has_passed_then_who_came_before_is_logged_out(
    office: Office,
) -> None:
    ann, bob = await office.hire("101"), await office.hire("102")
    lobby, attic = await placed(office, "Lobby"), await placed(office, "Attic")
    features = office.centrale.node.registry.ports.features
    for who, desk in ((ann, lobby), (bob, attic)):
        await features.use_hot_desk(office.books.scope.tenant, who.user_id, desk.user_id)
        await until_used(office, desk, who)
    now = datetime.now(UTC)
    zone = ZoneInfo(office.plan.timezone)
    closing = (now - timedelta(minutes=1)).astimezone(zone).strftime("%H:%M")
    chosen = {"log_out_at": closing, "since": (now - timedelta(days=2)).isoformat()}
    async with office.books.database.transaction(office.books.scope) as session:
        (await session.get_one(Device, lobby.user_id)).logged_in_at = now - timedelta(hours=1)
        session.add(TenantOptions(hot_desks=chosen))
    # It is looked at every 20 seconds.
    await until(lambda: user_of(office, lobby) is None, seconds=45)
    assert user_of(office, attic) == bob.user_id, "who came later stays"


async def placed_before(books: Books, name: str, user: Colleague | None = None) -> Colleague:
    """A hot-desk phone of an installation that does not run; `user` is logged in."""
    clock = SystemClock()
    service = HotDeskService(books.database, EventService(books.database, clock), SipAddress("", 0))
    body = HotDeskCreate.model_validate({"name": name, "codecs": ["ulaw", "alaw"]})
    made = await service.create(books.scope, body)
    if user is not None:
        actor = Actor(ActorKind.USER, user.user_id, "Test", books.scope.tenant)
        await HotDeskLogin(books.database, clock).use(Scope(books.scope.tenant, actor), made.id)
    return Colleague(made.id, name, (Account(made.sip.username, made.sip_secret),))


async def test_when_the_orchestrator_is_killed_then_logins_stay_and_unused_phones_reach_help_alone(
    process: Process, tmp_path: Path
) -> None:
    books = process.books
    ann, bob = [await books.hire(number) for number in ("101", "102")]
    unused = await placed_before(books, "Lobby")
    anns = await placed_before(books, "Attic", ann)
    await books.add_emergency("112")
    async with AsyncExitStack() as leaving:
        provider = SippPhone(Address("127.0.0.1", 0), tmp_path, host=next_provider_host())
        await leaving.enter_async_context(provider)
        # Before the start: a running process finds what another one wrote within a second only.
        await books.add_trunk(provider.address)
        await process.start()
        provider.server = process.sip
        lobby, attic, colleague = [await process.phone(leaving, who) for who in (unused, anns, bob)]
        far, answering = await provider.answer(), await colleague.answer()
        help_ = await lobby.call("112", talk_ms=300, ended_by="us")
        await help_.finished(30)
        (noted,) = await books.journal()
        assert noted.reason == "caller_hung_up"
        await process.kill()
        await lobby.call_refused("102", 503)
        assert not answering.received("INVITE")
        for phone, number in ((lobby, "112"), (attic, "102")):
            call = await phone.call(number, talk_ms=300, ended_by="us")
            await call.finished(30)
        assert len(far.received("INVITE")) == 2
        assert "<sip:101@" in answering.received("INVITE")[0].headers["from"]
        await process.start()
        call = await attic.call("102", talk_ms=300, ended_by="us")
        await call.finished(30)
        await answering.until_sent("200 BYE", count=2)
        await lobby.call_refused("102", 403)
        await answering.stop()
        await far.stop()
        calls = await books.journal(6)
    assert sorted((str(c.reason), c.dialled, c.caller_number, c.caller_name) for c in calls) == [
        ("caller_hung_up", "102", "101", "User 101"),
        ("caller_hung_up", "112", "", "Lobby"),
        ("not_logged_in", "102", "", "Lobby"),
        ("survival", "102", "", "Lobby"),
        ("survival", "102", "101", "User 101"),
        ("survival", "112", "", "Lobby"),
    ]
