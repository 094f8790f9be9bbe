"""What every call needs from outside: Asterisk, time, the journal, the plan, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from orchestrator.ari.client import AriClient
from orchestrator.ari.recordings import FakeRecordings, StoredRecordings
from orchestrator.audit.trail import NewNote
from orchestrator.calls.entry import CallEntry
from orchestrator.calls.features import Features, NoFeatures
from orchestrator.calls.mailboxes import Boxes, MessageTaker, NoVoicemail
from orchestrator.calls.prompt_keeper import NoPrompts, PromptKeeper
from orchestrator.calls.recorder import Recorded, keep
from orchestrator.clock import Clock
from orchestrator.events.service import NewEvent
from orchestrator.media import MediaStore
from orchestrator.routing.plan import Plan
from orchestrator.types import TenantId

SANITY_SECONDS = 60.0


class Journal(Protocol):
    """Where entries go; `calls/spool.py` keeps them."""

    def record(self, entry: CallEntry) -> None:
        """Keep the present state of `entry`; never waits, never raises."""


@dataclass(frozen=True, slots=True)
class CallPorts:
    """What every call needs from outside.

    `plan` gives the read model of this instant; `post` takes a line for the event log and
    never waits. `trunk_down` says why a trunk takes no calls, None when it does. `alarm` is told
    of a call for help and of the number that was dialled; it never waits, never raises.
    `features` is what dial codes change. `stirred` hears of people (ids) whose legs changed,
    `parked` of tenants where a call was parked or fetched.
    `media` has the sounds of tenants, `recordings` gives what calls recorded.
    `taker` takes messages that callers leave, `boxes` gives those of a box and changes it.
    `prompts` keeps prompts that are spoken by telephone.
    `multicast_source` is the address of the node by which multicast pages leave, "" the system's.
    A call that hears nothing for `sanity_seconds` asks whether its channels live.
    """

    ari: AriClient
    clock: Clock
    journal: Journal
    plan: Callable[[], Plan]
    post: Callable[[NewEvent], None]
    sanity_seconds: float = SANITY_SECONDS
    trunk_down: Callable[[str], str | None] = lambda trunk: None
    alarm: Callable[[CallEntry, str], None] = lambda entry, number: None
    features: Features = field(default_factory=NoFeatures)
    stirred: Callable[[str], None] = lambda person: None
    parked: Callable[[TenantId], None] = lambda tenant: None
    note: Callable[[NewNote], None] = lambda note: None
    recorded: Callable[[Recorded], None] = keep
    media: MediaStore = field(default_factory=lambda: MediaStore(Path("media")))
    multicast_source: str = ""
    recordings: StoredRecordings = field(default_factory=FakeRecordings)
    taker: MessageTaker = field(default_factory=NoVoicemail)
    boxes: Boxes = field(default_factory=NoVoicemail)
    prompts: PromptKeeper = field(default_factory=NoPrompts)
