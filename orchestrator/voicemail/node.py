"""Voicemail of one node, put together: what calls, services and lamps need of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestrator.ari.client import AriClient
from orchestrator.ari.recordings import StoredRecordings
from orchestrator.clock import Clock
from orchestrator.db.session import Database
from orchestrator.events.service import EventService
from orchestrator.mail.mailer import Mailer
from orchestrator.media import MediaStore
from orchestrator.people.service import UserService
from orchestrator.routing.plan import Plan
from orchestrator.signin.passwords import Passwords
from orchestrator.voicemail.boxes import BoxService
from orchestrator.voicemail.counts import BoxCounts
from orchestrator.voicemail.desk import BoxDesk, Recorded
from orchestrator.voicemail.keeper import MessageKeeper, Surroundings
from orchestrator.voicemail.messages import MessageService
from orchestrator.voicemail.store import MessageStore


@dataclass(frozen=True, slots=True)
class VoicemailNode:
    """`keeper` and `counts` run as tasks; `keeper` takes messages of calls, `desk` opens boxes."""

    counts: BoxCounts
    keeper: MessageKeeper
    desk: BoxDesk


@dataclass(frozen=True, slots=True)
class Base:
    """What voicemail stands on; `folder` is for notes of what is being recorded."""

    folder: Path
    database: Database
    events: EventService
    clock: Clock
    plan: Callable[[], Plan]
    media: MediaStore
    mailer: Mailer


def voicemail_of(
    base: Base, ari: AriClient, recordings: StoredRecordings, alive: Callable[[str], bool]
) -> VoicemailNode:
    """`alive` says whether a call (id) is steered by this node."""
    store = MessageStore(base.database)
    counts = BoxCounts(store, base.plan, base.events.post, base.mailer)
    around = Surroundings(ari, recordings, base.media, base.mailer, base.clock, base.plan, alive)
    keeper = MessageKeeper(base.folder, store, counts, around)
    services = (
        BoxService(base.database, base.media),
        MessageService(base.database, base.clock, base.media, counts.stirred, counts.full),
        UserService(base.database, Passwords(), base.events),
    )
    recorded = Recorded(ari, recordings, base.media, base.folder)
    return VoicemailNode(counts, keeper, BoxDesk(base.database, services, keeper, recorded))
