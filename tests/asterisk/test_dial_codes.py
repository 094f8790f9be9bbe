"""Dial codes, on the real Asterisk with real phones."""

from datetime import UTC, datetime

from sqlalchemy import select

from orchestrator.audit.schemas import AuditQuery
from orchestrator.calls.schemas import CallQuery
from orchestrator.events.schemas import EventQuery
from orchestrator.forwarding.model import UserStatus
from orchestrator.forwarding.rules import Status, present_status
from orchestrator.hotel.schemas import MinibarQuery, RoomQuery
from orchestrator.hours.rules import HoursState, state_at
from orchestrator.options.schemas import DialCodesPatch
from orchestrator.people.model import Membership
from orchestrator.types import Role
from tests.asterisk.office import Colleague, Office, codes, story, until, until_found
from tests.asterisk.test_transfers import progress


async def set_codes(office: Office, **wanted: str) -> None:
    patch = DialCodesPatch.model_validate({"codes": wanted})
    await office.centrale.services.dial_codes.update(office.books.scope, patch)
    await until(lambda: all(text in office.plan.options.codes.values() for text in wanted.values()))


def status_of(office: Office, who: Colleague) -> Status:
    return office.plan.people[who.user_id].forwarding.status


async def test_given_a_status_code_when_it_is_dialled_then_the_status_is_set_and_said(
    office: Office,
) -> None:
    ada = await office.hire("101")
    phone = await office.desk(ada)
    call = await phone.call("*32")
    messages = await call.finished()
    assert codes(messages) == [100, 200]
    assert call.received("BYE")
    await until(lambda: status_of(office, ada) is Status.DO_NOT_DISTURB)
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "ended", [("service_code", "*32", "ended")])
    audit = await office.centrale.services.audit.list(office.books.scope, AuditQuery(limit=200))
    by = [e.actor_id for e in audit.items if e.object_kind == "user_status"]
    assert by == [ada.user_id], "the log says who it was"


async def test_given_a_phone_with_sound_when_a_code_is_dialled_then_the_confirmation_is_heard(
    office: Office,
) -> None:
    ada = await office.hire("101")
    phone = await office.speaker(ada, 440)
    await phone.dial("*62")
    await until_found(lambda: phone.hears_music(but=(440,)))
    await phone.until_idle()
    await until(lambda: office.plan.people[ada.user_id].forwarding.queues)
    await phone.dial("*63")
    await phone.until_idle()
    await until(lambda: not office.plan.people[ada.user_id].forwarding.queues)
    first, second = await office.journal(2)
    assert (first.dialled, first.verdict) == ("*62", "answered")
    assert (second.dialled, second.verdict) == ("*63", "answered")


async def test_given_do_not_disturb_when_available_is_dialled_then_the_phone_rings_again(
    office: Office,
) -> None:
    ada, bob = await office.hire("101"), await office.hire("102")
    theirs, mine = await office.desk(ada), await office.desk(bob)
    await (await theirs.call("*32")).finished()
    await until(lambda: status_of(office, ada) is Status.DO_NOT_DISTURB)
    await mine.call_refused("101", 486)
    await (await theirs.call("*30")).finished()
    await until(lambda: status_of(office, ada) is Status.AVAILABLE)
    ringing = await theirs.answer()
    call = await mine.call("101", talk_ms=100, ended_by="us")
    await call.finished()
    await ringing.stop()
    assert [entry.verdict for entry in await office.journal(4)] == [
        "answered",
        "refused",
        "answered",
        "answered",
    ]


async def test_given_an_automatic_status_when_one_is_dialled_then_that_one_counts(
    office: Office,
) -> None:
    ada = await office.hire("101")
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(UserStatus(user_id=ada.user_id, auto_switch=True, temporary=Status.AWAY))
    await (await (await office.desk(ada)).call("*34")).finished()

    def present() -> Status:
        person = office.plan.people[ada.user_id]
        return present_status(person.forwarding, person.hours, datetime.now(UTC))

    await until(lambda: present() is Status.CUSTOM_AWAY)
    await office.journal()


async def test_given_a_trunk_when_a_billed_number_is_dialled_then_the_code_is_kept_and_not_sent(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    (ada,) = await office.desks("101")
    far = await provider.phone.answer()
    call = await ada.call("0612345678**3265", talk_ms=100, ended_by="us")
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()
    assert far.received("INVITE")[0].user == "0612345678"
    (entry,) = await office.journal()
    assert (entry.dialled, entry.billing_code) == ("0612345678**3265", "3265")
    history = office.centrale.services.calls
    for code, found in (("3265", 1), ("326", 0)):
        page = await history.list(office.books.scope, CallQuery(billing_code=code))
        assert len(page.items) == found


async def test_given_a_trunk_when_a_number_is_dialled_withheld_then_the_provider_is_told_so(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    (ada,) = await office.desks("101")
    far = await provider.phone.answer()
    call = await ada.call("*50612345678", talk_ms=100, ended_by="us")
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()
    invite = far.received("INVITE")[0]
    assert (invite.user, invite.caller) == ("0612345678", "anonymous")
    await office.journal()


async def test_given_a_code_without_its_function_when_dialled_then_a_message_and_404(
    office: Office,
) -> None:
    (ada,) = await office.desks("101")
    messages = await ada.call_refused("*77*", 404)
    assert 183 in codes(messages), "it is said as early media"
    (entry,) = await office.journal()
    assert (entry.verdict, entry.reason) == ("refused", "unknown_number")


async def test_given_a_conversation_when_it_is_transferred_to_a_feature_then_it_is_declined(
    office: Office,
) -> None:
    ada, bob = await office.hire("101"), await office.hire("102")
    mine, theirs = await office.desk(ada), await office.desk(bob)
    staying = await theirs.answer()
    call = await mine.call_transferred("102", "*32")
    await progress(call, "603")
    await call.hang_up()
    await staying.stop()
    assert status_of(office, ada) is Status.AVAILABLE
    assert status_of(office, bob) is Status.AVAILABLE
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])


async def test_given_the_code_for_hours_when_somebody_dials_it_then_only_who_may_forces_them(
    office: Office,
) -> None:
    await set_codes(office, hours_override="*64")
    ada, bob = await office.hire("101"), await office.hire("102")
    async with office.books.database.transaction(office.books.scope) as session:
        place = await session.scalar(select(Membership).where(Membership.user_id == ada.user_id))
        assert place is not None
        place.role = Role.SYSTEM_OWNER

    def state() -> HoursState:
        department = next(iter(office.plan.departments.values()))
        return state_at(department.hours, datetime.now(UTC)).state

    await until(lambda: state() is HoursState.OPEN)
    boss, clerk = await office.desk(ada), await office.desk(bob)
    await clerk.call_refused("*642", 403)
    assert state() is HoursState.OPEN
    await (await boss.call("*642")).finished()
    await until(lambda: state() is HoursState.CLOSED)
    await (await boss.call("*64")).finished()
    await until(lambda: state() is HoursState.OPEN)
    journal = await office.journal(3)
    assert [entry.reason for entry in journal] == ["not_allowed", "ended", "ended"]


async def test_given_a_room_when_its_telephone_reports_then_the_reception_sees_it(
    office: Office,
) -> None:
    room = await office.hire("201")
    phone = await office.desk(room)
    for report in ("*682", "*68*12*3*7*1"):
        messages = await (await phone.call(report)).finished()
        assert codes(messages) == [100, 200], "it is confirmed"
    services = office.centrale.services
    rooms = await services.hotel_rooms.list(office.books.scope, RoomQuery())
    assert [(each.user, each.word) for each in rooms.items] == [(room.user_id, "clean")]
    minibar = await services.minibar.list(office.books.scope, MinibarQuery(settled=False))
    assert sorted((each.item, each.count) for each in minibar.items) == [("12", 3), ("7", 1)]
    first, second = await office.journal(2)
    assert story(first) == ("answered", "ended", [("service_code", "*682", "ended")])
    assert second.dialled == "*68*12*3*7*1"

    async def told() -> bool:
        found = await services.events.list(office.books.scope, EventQuery(number=4104))
        return len(found.items) == 2

    await until_found(told)


async def test_given_an_own_code_when_it_is_set_then_it_counts_for_the_next_call(
    office: Office,
) -> None:
    ada = await office.hire("101")
    phone = await office.desk(ada)
    await set_codes(office, set_status="#7")
    await (await phone.call("#72")).finished()
    await until(lambda: status_of(office, ada) is Status.DO_NOT_DISTURB)
    await phone.call_refused("*30", 404)
    await office.journal(2)
