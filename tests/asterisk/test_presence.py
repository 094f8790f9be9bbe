"""Lamps of real phones: what a phone that watches a number is told by the real Asterisk."""

import os
import signal
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestrator.asterisk.layout import Layout
from orchestrator.bootstrap import Running, running
from orchestrator.forwarding.model import UserStatus
from orchestrator.forwarding.rules import Status
from orchestrator.hours.model import HoursOverride
from orchestrator.hours.rules import OverrideState
from orchestrator.options.model import TenantOptions
from orchestrator.presence.keyboard import device_name
from tests.asterisk.forwarding import end_temporary
from tests.asterisk.office import Office, opened, until
from tests.asterisk.together import add_place, receptionists
from tests.phones.phone import LONG
from tests.phones.watcher import MESSAGES, PRESENCE
from tests.stack import settings_for


async def add(office: Office, *rows: object) -> None:
    """Write rows of the office's customer."""
    async with office.books.database.transaction(office.books.scope) as session:
        session.add_all(rows)


def subscriptions(home: Path) -> int:
    """How many Asterisk has written to its disk, which it does once a second."""
    file = next(Layout.of(home).var.glob("astdb.sqlite3"))
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        # The row comes first, the request by which it can be taken up again follows.
        query = (
            "SELECT count(*) FROM astdb WHERE key LIKE '/subscription_persistence/%'"
            """ AND value LIKE '%"packet":"SUBSCRIBE %' AND value LIKE '%"tag":"_%'"""
        )
        found: int = database.execute(query).fetchone()[0]
        return found


async def test_when_101_is_called_then_its_lamp_flashes_is_lit_and_goes_dark(
    office: Office,
) -> None:
    watcher = await office.hire("100")
    callee, caller = await office.desks("101", "102")
    ringing = await callee.answer(ring_ms=LONG)
    keys = await office.keys(watcher)
    lamp, other = await keys.subscribe("101"), await keys.subscribe("102")
    await until(lambda: office.watches("101", "102"), seconds=30)
    call = await caller.call("101", ended_by="us")
    await keys.until_told(lamp, "terminated", "early")
    await ringing.end_ringing()
    await keys.until_told(lamp, "terminated", "early", "confirmed")
    await call.hang_up()
    await keys.until_told(lamp, "terminated", "early", "confirmed", "terminated")
    await keys.until_told(other, "terminated", "confirmed", "terminated")
    early = next(body for body in keys.bodies(lamp) if "<state>early" in body)
    assert 'direction="recipient"' in early


async def test_when_101_holds_then_presence_says_so(office: Office) -> None:
    watcher = await office.hire("100")
    callee, caller = await office.desks("101", "102")
    await callee.answer()
    keys = await office.keys(watcher)
    note = await keys.subscribe("102", PRESENCE)
    await until(lambda: office.watches("102"), seconds=30)
    call = await caller.call_held("101")
    await keys.until_noted(note, "Ready", "On the phone")
    await call.go_on()
    await keys.until_noted(note, "Ready", "On the phone", "On hold")
    await call.go_on()
    await keys.until_noted(note, "Ready", "On the phone", "On hold", "On the phone")
    await call.hang_up()
    await keys.until_noted(note, "Ready", "On the phone", "On hold", "On the phone", "Ready")


async def test_when_101_does_not_want_to_be_disturbed_then_its_lamp_and_status_key_are_lit(
    office: Office,
) -> None:
    watcher, who = await office.hire("100"), await office.hire("101")
    keys = await office.keys(watcher)
    lamp, disturb = await keys.subscribe("101"), await keys.subscribe("*32101")
    free = await keys.subscribe("*30101")
    await keys.until_told(free, "terminated", "confirmed")
    await add(office, UserStatus(user_id=who.user_id, status=Status.DO_NOT_DISTURB))
    for each in (lamp, disturb):
        await keys.until_told(each, "terminated", "confirmed")
    await keys.until_told(free, "confirmed", "terminated")


async def test_when_a_temporary_status_ends_then_the_lamp_goes_dark_by_itself(
    office: Office,
) -> None:
    watcher, who = await office.hire("100"), await office.hire("101")
    keys = await office.keys(watcher)
    lamp = await keys.subscribe("101")
    await until(lambda: office.watches("101"), seconds=30)
    later = datetime.now(UTC) + timedelta(hours=1)
    away = {"temporary": Status.AWAY, "temporary_until": later}
    await add(office, UserStatus(user_id=who.user_id, **away))
    await keys.until_told(lamp, "terminated", "confirmed")
    await end_temporary(office, who)
    await keys.until_told(lamp, "terminated", "confirmed", "terminated")


async def test_when_the_hours_are_forced_then_the_key_of_the_override_is_lit(
    office: Office,
) -> None:
    watcher = await office.hire("100")
    await add(office, TenantOptions(dial_codes={"hours_override": "*64"}))
    await until(lambda: "*64" in office.plan.options.codes.values())
    keys = await office.keys(watcher)
    opened_by, closed_by = await keys.subscribe("*641"), await keys.subscribe("*642")
    await until(lambda: office.watches("*641", "*642"), seconds=30)
    await add(office, HoursOverride(department_id=None, state=OverrideState.CLOSED))
    await keys.until_told(closed_by, "terminated", "confirmed")
    assert keys.told(opened_by) == ["terminated"]


async def test_when_a_call_is_parked_then_the_lamp_of_the_place_is_lit(office: Office) -> None:
    watcher = await office.hire("100")
    [parker] = await receptionists(office, "101")
    caller = await office.desk(parker)
    [callee] = await office.desks("102")
    parked = await callee.answer(ended_by="us")
    await add_place(office, "SP0")
    keys = await office.keys(watcher)
    place, orbit = await keys.subscribe("SP0"), await keys.subscribe("*15")
    other = await keys.subscribe("*06")
    await until(lambda: office.watches("SP0", "*15", "*06"), seconds=30)
    for lamp, number in ((place, "SP0"), (orbit, "*05")):
        await caller.call_transferred("102", number)
        await keys.until_told(lamp, "terminated", "confirmed")
        await parked.hang_up()
        await keys.until_told(lamp, "terminated", "confirmed", "terminated")
    assert keys.told(other) == ["terminated"]


async def test_given_a_stranger_with_the_same_number_when_it_is_called_then_the_lamp_stays_dark(
    office: Office, centrale: Running, tmp_path: Path
) -> None:
    watcher = await office.hire("100")
    keys = await office.keys(watcher)
    await office.hire("101")
    lamp = await keys.subscribe("101")
    await until(lambda: office.watches("101"), seconds=30)
    async with opened(centrale, tmp_path) as neighbour:
        stranger, callee = await neighbour.desks("100", "101")
        own = await neighbour.keys(await neighbour.hire("102"))
        seen = await own.subscribe("101")
        await until(lambda: neighbour.watches("101"))
        await callee.answer()
        call = await stranger.call("101", ended_by="us")
        await own.until_told(seen, "confirmed")
        await call.hang_up()
        await own.until_told(seen, "confirmed", "terminated")
    assert keys.told(lamp) == ["terminated"]


async def test_given_a_lost_connection_when_it_is_back_then_lamps_are_as_they_should_be(
    office: Office,
) -> None:
    watcher, who = await office.hire("100"), await office.hire("101")
    keys = await office.keys(watcher)
    lamp = await keys.subscribe("101")
    await until(lambda: office.watches("101"), seconds=30)
    await add(office, UserStatus(user_id=who.user_id, status=Status.AWAY))
    await keys.until_told(lamp, "terminated", "confirmed")
    # Somebody else put the lamp out, and one is left of a number that is nobody's.
    ari, slug = office.centrale.node.ari, office.plan.slug
    await ari.set_device_state(device_name(slug, "101"), "NOT_INUSE")
    await ari.set_device_state(device_name(slug, "999"), "INUSE")
    await keys.until_told(lamp, "confirmed", "terminated")
    office.centrale.node.notices.anew()
    await keys.until_told(lamp, "terminated", "confirmed")
    await until(lambda: device_name(slug, "999") not in office.centrale.presence.lights.shown)


async def test_when_messages_wait_then_phones_are_told_now_and_when_they_start(
    office: Office,
) -> None:
    who = await office.hire("101")
    keys = await office.keys(who)
    await keys.subscribe("101", MESSAGES, expect=489)
    await keys.register()
    endpoint = who.accounts[0].username
    await until(lambda: endpoint in (office.centrale.presence.lookout.registered or ()))
    office.centrale.presence.messages.show(who.user_id, 2, 1)
    await until(lambda: len(keys.notified("message-summary")) == 1)
    notify = keys.notified("message-summary")[0]
    assert notify.headers["content-type"] == "application/simple-message-summary"
    assert notify.body.split() == ["Messages-Waiting:", "yes", "Voice-Message:", "2/1", "(0/0)"]
    await keys.register(expires=400)
    await until(lambda: len(keys.notified("message-summary")) == 2)
    office.centrale.presence.messages.show(who.user_id, 0, 3)
    await until(lambda: len(keys.notified("message-summary")) == 3)
    assert "Messages-Waiting: no" in keys.notified("message-summary")[2].body
    await keys.register(expires=0)


async def test_given_subscriptions_when_asterisk_crashes_then_lamps_go_on_in_the_same_dialogues(
    tmp_path: Path,
) -> None:
    with tempfile.TemporaryDirectory(prefix="centrale-") as home:
        async with running(settings_for(Path(home))) as centrale, opened(centrale, tmp_path) as of:
            watcher, who = await of.hire("100"), await of.hire("101")
            keys = await of.keys(watcher)
            lamp = await keys.subscribe("101")
            await until(lambda: of.watches("101"))
            await until(lambda: subscriptions(Path(home)) == 1)
            embedded = centrale.node.embedded
            assert embedded is not None
            centrale.presence.lookout.watched = None
            os.kill(embedded.pid, signal.SIGKILL)
            await until(lambda: of.watches("101"), seconds=30)
            await centrale.node.ari.wait_connected(30)
            await add(of, UserStatus(user_id=who.user_id, status=Status.AWAY))
            await keys.until_told(lamp, "terminated", "confirmed")
