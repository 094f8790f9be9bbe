"""Messages on their way from Asterisk into their boxes, on both databases: nothing is lost, nothing
is there twice, and what is old or too much is found."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from orchestrator.ari.client import AriClient
from orchestrator.ari.fake import FakeAsterisk
from orchestrator.ari.messages import Event
from orchestrator.ari.recordings import FakeRecordings
from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.errors import Unavailable
from orchestrator.events.rules import Events
from orchestrator.events.service import NewEvent
from orchestrator.mail.mailer import Mailer
from orchestrator.media import MediaStore
from orchestrator.options.rules import Options, VoicemailOptions
from orchestrator.routing.plan import MailboxLine, Plan
from orchestrator.types import Scope, new_id
from orchestrator.voicemail.counts import BoxCounts
from orchestrator.voicemail.keeper import MessageKeeper, Surroundings
from orchestrator.voicemail.model import VoicemailBox, VoicemailMessage
from orchestrator.voicemail.rules import MailMode, Note
from orchestrator.voicemail.store import Count, Mailing, MessageStore
from tests.factories.plans import person, tenant
from tests.factories.rows import add_customer, add_employee
from tests.tones import Sound, sine, write_wav

PATIENCE = 10.0


class Store(MessageStore):
    """A store whose database may be away."""

    away = False

    async def add(self, note: Note, file: str, seconds: float, size: int) -> Mailing | None:
        if self.away:
            raise Unavailable("The database does not answer.")
        return await super().add(note, file, seconds, size)


class _Listener:
    async def on_connected(self) -> None:
        return

    def on_disconnected(self) -> None:
        return

    def on_event(self, event: Event) -> None:
        return


@dataclass
class Node:
    """One box, and all that carries messages into it. `alive` are calls that are steered."""

    database: Database
    scope: Scope
    user: str
    box: str
    folder: Path
    recordings: FakeRecordings
    store: Store
    options: VoicemailOptions = field(default_factory=VoicemailOptions)
    alive: set[str] = field(default_factory=set)
    posted: list[NewEvent] = field(default_factory=list)
    shown: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        people = (replace(person("101"), id=self.user),)
        line = replace(
            tenant(people),
            id=self.scope.tenant,
            mailboxes={self.user: MailboxLine(self.box, self.user)},
            options=replace(Options(), voicemail=self.options),
        )
        return Plan({line.id: line})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[MessageKeeper]:
        """The tasks, as after a start."""
        ari = AriClient(FakeAsterisk())
        mailer = Mailer(None, SystemClock(), self.posted.append)
        counts = BoxCounts(self.store, lambda: self.plan, self.posted.append, mailer)
        counts.show = lambda *what: self.shown.append(what)
        around = Surroundings(
            ari,
            self.recordings,
            MediaStore(self.folder / "media"),
            mailer,
            SystemClock(),
            lambda: self.plan,
            self.alive.__contains__,
        )
        keeper = MessageKeeper(self.folder / "notes", self.store, counts, around)
        link = asyncio.create_task(ari.run(_Listener()), name="ari")
        await ari.wait_connected(PATIENCE)
        tasks = [
            link,
            asyncio.create_task(keeper.run(), name="keeper"),
            asyncio.create_task(counts.run(), name="counts"),
        ]
        try:
            yield keeper
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def left(self, sound: Sound | None = None, **changes: object) -> Note:
        """A message that a caller has left in Asterisk."""
        id_ = new_id()
        note = Note(
            id=id_,
            tenant=self.scope.tenant,
            owner=self.user,
            box=self.box,
            call=f"call-{id_}",
            caller="102",
            caller_name="Bob",
            recording=f"voicemail-{id_}",
            started_at=SystemClock().now().timestamp(),
            min_seconds=2,
        )
        file = write_wav(self.folder / "said.wav", sound or sine(440, 3.0))
        self.recordings.files[note.recording] = file.read_bytes()
        return Note(**{**{n: getattr(note, n) for n in note.__struct_fields__}, **changes})  # type: ignore[arg-type]

    async def rows(self) -> list[VoicemailMessage]:
        async with self.database.reading() as session:
            return [*await session.scalars(select(VoicemailMessage))]

    def notes(self) -> list[Path]:
        return list((self.folder / "notes").glob("*.json"))

    def sounds(self) -> list[Path]:
        return list((self.folder / "media").rglob("*.wav"))


async def until(condition: "object") -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def made(database: Database, folder: Path) -> AsyncIterator[Node]:
    scope = await add_customer(database, "acme")
    who = await add_employee(database, scope, "101")
    box = VoicemailBox(id=new_id(), user_id=who.user_id, mail=MailMode.NONE)
    async with database.transaction(scope) as session:
        session.add(box)
    yield Node(database, scope, who.user_id, box.id, folder, FakeRecordings(), Store(database))


async def test_a_message_goes_into_its_box_and_the_lamp_lights(
    database: Database, tmp_path: Path
) -> None:
    async with made(database, tmp_path) as node, node.running() as keeper:
        note = node.left()
        assert keeper.begin(note)
        assert keeper.under_way(note.call) == note
        keeper.finish(note)
        await until(lambda: not node.notes())
        [row] = await node.rows()
        assert (row.id, row.caller, row.seconds) == (note.id, "102", 3.0)
        assert row.size == node.sounds()[0].stat().st_size
        await until(lambda: node.shown == [(node.user, 1, 0)])
        keeper.heard(node.scope.tenant, note.id)
        await until(lambda: node.shown[-1] == (node.user, 0, 1))
        keeper.discard(node.scope.tenant, note.id)
        await until(lambda: node.shown[-1] == (node.user, 0, 0))
        assert (await node.rows(), node.sounds()) == ([], [])


@pytest.mark.parametrize(
    "sound",
    [Sound([0] * 8000 * 4), sine(440, 1.0), Sound([])],
    ids=["silence", "too short", "nothing"],
)
async def test_what_is_no_message_is_thrown_away(
    database: Database, tmp_path: Path, sound: Sound
) -> None:
    async with made(database, tmp_path) as node, node.running() as keeper:
        note = node.left(sound)
        keeper.begin(note)
        keeper.finish(note)
        await until(lambda: not node.notes())
        assert (await node.rows(), node.sounds()) == ([], [])


async def test_while_the_database_is_away_messages_wait_and_none_is_lost(
    database: Database, tmp_path: Path
) -> None:
    async with made(database, tmp_path) as node:
        node.store.away = True
        async with node.running() as keeper:
            note = node.left()
            keeper.begin(note)
            keeper.finish(note)
            await until(lambda: bool(node.sounds()))
            assert len(node.notes()) == 1
            assert await node.rows() == []
        # Stopped, started, and the database is back.
        node.store.away = False
        async with node.running():
            await until(lambda: not node.notes())
        assert [row.id for row in await node.rows()] == [note.id]


async def test_after_a_crash_what_was_being_said_is_kept_once(
    database: Database, tmp_path: Path
) -> None:
    async with made(database, tmp_path) as node:
        note = node.left()
        node.alive.add(note.call)
        async with node.running() as keeper:
            keeper.begin(note)
        async with node.running() as keeper:
            assert keeper.under_way(note.call) == note
            await asyncio.sleep(0.1)
            assert len(node.notes()) == 1, "the call looks after it"
            node.alive.clear()
            await until(lambda: not node.notes())
        # A crash right before the note went: the whole way again.
        async with node.running() as keeper:
            keeper.begin(note)
            keeper.finish(note)
            await until(lambda: not node.notes())
        assert [row.id for row in await node.rows()] == [note.id]
        assert len(node.sounds()) == 1


async def test_a_box_that_is_gone_takes_nothing(database: Database, tmp_path: Path) -> None:
    async with made(database, tmp_path) as node, node.running() as keeper:
        note = node.left(box=new_id())
        keeper.begin(note)
        keeper.finish(note)
        await until(lambda: not node.notes())
        assert (await node.rows(), node.sounds()) == ([], [])


async def test_crossing_the_quota_is_said_once_and_again_after_it_was_not(
    database: Database, tmp_path: Path
) -> None:
    async with made(database, tmp_path) as node:
        node.options = VoicemailOptions(quota_mb=1, warn_percent=5)
        async with node.running() as keeper:
            await until(lambda: keeper._counts._used)
            notes = [node.left() for _ in range(2)]
            for note in notes:
                keeper.begin(note)
                keeper.finish(note)
            await until(lambda: not node.notes())
            await until(lambda: len(node.posted) == 1)
            assert node.posted[0].type is Events.VOICEMAIL_FULL
            await until(lambda: node.shown[-1:] == [(node.user, 2, 0)])
            assert not keeper.full(node.scope.tenant)
            node.options = VoicemailOptions(quota_mb=1, warn_percent=50)
            keeper._counts.stirred(node.scope.tenant)
            await asyncio.sleep(0.2)
            assert len(node.posted) == 1


async def test_old_messages_go_with_their_files(database: Database, tmp_path: Path) -> None:
    async with made(database, tmp_path) as node:
        week = timedelta(days=8).total_seconds()
        old = node.left(started_at=SystemClock().now().timestamp() - week)
        new = node.left()
        async with node.running() as keeper:
            for note in (old, new):
                keeper.begin(note)
                keeper.finish(note)
            await until(lambda: not node.notes())
        # Only now, so that the stop above does not come between a row and its file.
        node.options = VoicemailOptions(keep_days=7)
        async with node.running():
            await until(lambda: len(node.sounds()) == 1)
        assert [row.id for row in await node.rows()] == [new.id]


async def test_sounds_that_nothing_names_are_swept_away_after_a_day(
    database: Database, tmp_path: Path
) -> None:
    async with made(database, tmp_path) as node:
        async with node.running() as keeper:
            note = node.left()
            keeper.begin(note)
            keeper.finish(note)
            await until(lambda: not node.notes())
        [kept] = node.sounds()
        orphans = [kept.with_name("orphan.wav"), kept.with_name("young.wav")]
        for orphan in orphans:
            shutil.copy(kept, orphan)
        long_ago = SystemClock().now().timestamp() - 2 * 86_400
        for old in (kept, orphans[0]):
            os.utime(old, (long_ago, long_ago))
        async with node.running():
            await until(lambda: not orphans[0].exists())
        assert kept.exists()
        assert orphans[1].exists()


async def test_holdings_are_counted_by_box(database: Database, tmp_path: Path) -> None:
    async with made(database, tmp_path) as node, node.running() as keeper:
        for _ in range(3):
            note = node.left()
            keeper.begin(note)
            keeper.finish(note)
        await until(lambda: not node.notes())
        tenant_ = node.scope.tenant
        await node.store.heard(tenant_, [note.id], SystemClock().now())
        holding = (await node.store.holdings([tenant_]))[tenant_]
        assert holding.counts == {node.user: Count(2, 1)}
        assert holding.used == sum(path.stat().st_size for path in node.sounds())
        assert await node.store.files_of(tenant_) == {row.file for row in await node.rows()}
