"""What routing decides: the next step of a call, as data. Each class names the verb that does it.

Pure. `orchestrator/verbs/__init__.py` maps each class to its verb.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orchestrator.calls.verdict import Reason, Verdict
from orchestrator.options.rules import Code
from orchestrator.routing.outside_lines import TrunkLine
from orchestrator.routing.plan import (
    ConferenceLine,
    DepartmentLine,
    IvrLine,
    ParkingLine,
    Person,
    QueueLine,
    RingGroupLine,
)
from orchestrator.types import Scope


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring all devices of a person together (`verbs/ring.py`).

    `seconds` 0: the person's own ring time. `mobile`: the person's mobile rings with them, and
    whoever answers there confirms by a key. `caller_name` "": the caller's own. `screened`: the
    caller says a name first, and the person accepts or refuses the call. `otherwise` is what
    follows when nobody takes the call, in place of the person's own forwarding.
    """

    person: Person
    seconds: int = 0
    mobile: DialOut | None = None
    caller_name: str = ""
    screened: bool = False
    otherwise: Decision | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to reach an outside number: by which trunk, as which number, showing which."""

    trunk: TrunkLine
    number: str
    caller_id: str | None = None


@dataclass(frozen=True, slots=True)
class DialOut:
    """Call a number of the outside world by the first trunk that takes it (`verbs/dial_out.py`).

    `number` is as it was dialled. `withheld`: the network is asked not to show who calls.
    `confirm`: whoever answers accepts the call by a key before it is connected; `otherwise` is
    what follows when nobody does. `seconds` 0: as long as the network rings.
    """

    number: str
    attempts: tuple[Attempt, ...]
    rule: str = ""
    emergency: bool = False
    withheld: bool = False
    confirm: bool = False
    seconds: int = 0
    otherwise: Decision | None = None


@dataclass(frozen=True, slots=True)
class Forward:
    """Go on with `then` at once, without ringing `person`, and say so in the journal
    (`verbs/forward.py`)."""

    person: Person
    reason: Reason
    then: Decision


@dataclass(frozen=True, slots=True)
class End:
    """End the call, after `prompts` (names of sounds, "" of none) were spoken (`verbs/end.py`).

    `person`: who was called and did not ring, for the journal.
    """

    verdict: Verdict
    prompts: tuple[str, ...] = ()
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Announce:
    """Answer, speak `prompts`, then go on with `then` (`verbs/announce.py`)."""

    prompts: tuple[str, ...]
    then: Decision


@dataclass(frozen=True, slots=True)
class Menu:
    """Play the prompt of an IVR, and go where the caller's keys lead (`verbs/menu.py`)."""

    ivr: IvrLine


@dataclass(frozen=True, slots=True)
class ByName:
    """Have the caller spell a name, and ring who is called so (`verbs/by_name.py`).

    `department`: the one whose IVR sent the caller here. `otherwise` is what follows when nobody
    is found, None: the end.
    """

    department: str = ""
    otherwise: Decision | None = None


@dataclass(frozen=True, slots=True)
class Park:
    """Let the caller wait until somebody takes the call back (`verbs/park.py`).

    `place` is an orbit (`0`-`9`, any number of calls), or the number of a shared `parking` place
    (one call). `by` is who parked it: the id of a user.
    """

    place: str
    parking: ParkingLine | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Unpark:
    """Take a parked call (`verbs/unpark.py`): the one that waits longest in the orbit, or the one
    that the extension `parked_by` parked there; or the one in the shared `parking` place."""

    place: str
    parked_by: str = ""
    parking: ParkingLine | None = None


@dataclass(frozen=True, slots=True)
class PickUp:
    """Take a call that rings elsewhere (`verbs/pickup.py`): at the extension `number`, or, when
    that is empty, the one that rings longest."""

    number: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """Enter a conference room (`verbs/conference.py`). `admitted`: no PIN is asked for."""

    room: ConferenceLine
    admitted: bool = False


@dataclass(frozen=True, slots=True)
class RingGroup:
    """Ring the members of a group, all at once or one by one (`verbs/ring_group.py`).

    `resumed`: it rang before a restart, and its greeting was played.
    """

    group: RingGroupLine
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """Let the caller wait until an agent of the queue is free (`verbs/queue.py`).

    `resumed`: the caller waited before a restart, and heard the greeting.
    """

    queue: QueueLine
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class DepartmentMenu:
    """Send the call on by the hours of a department, and speak its language from here on
    (`verbs/department_menu.py`)."""

    department: DepartmentLine


class MonitorMode(StrEnum):
    LISTEN = "listen"
    """Hear both, heard by nobody."""
    WHISPER = "whisper"
    """Hear both, heard by the colleague alone."""
    BARGE_IN = "barge_in"
    """Hear both, heard by both."""


@dataclass(frozen=True, slots=True)
class Monitor:
    """Be in a colleague's call (`verbs/monitor.py`)."""

    person: Person
    mode: MonitorMode


@dataclass(frozen=True, slots=True)
class Intercom:
    """Talk with a person whose phones answer by themselves (`verbs/intercom.py`)."""

    person: Person


LONGEST_PAGE = 300
"""Seconds. Whoever forgets to hang up must not hold the phones of a company for ever."""


@dataclass(frozen=True, slots=True)
class Page:
    """Be heard by the phones of `people`, one-way, for at most `seconds` (`verbs/page.py`).

    `multicast`: address and port where the page goes besides. `resumed`: the page went on while
    we were away, and nobody is called a second time.
    """

    group: RingGroupLine
    people: tuple[Person, ...] = ()
    multicast: tuple[str, int] | None = None
    seconds: int = LONGEST_PAGE
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Summon:
    """Ring the devices of a person; who answers goes on with `then`, or as if they had dialled
    `number` (`verbs/summon.py`)."""

    person: Person
    number: str
    then: Monitor | RecordPrompt | None = None


@dataclass(frozen=True, slots=True)
class RecordPrompt:
    """Have the caller speak a prompt (`verbs/record_prompt.py`), on behalf of `by`.

    `prompt`: the one that gets new words, "" a new one. `name` is its name.
    """

    by: Scope
    prompt: str
    name: str


@dataclass(frozen=True, slots=True)
class Feature:
    """A dial code that changes something and speaks its confirmation (`verbs/feature.py`)."""

    code: Code
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Unlock:
    """Ask the caller for the PIN of `person`, and let that person call out for a while
    (`verbs/unlock.py`)."""

    person: Person


@dataclass(frozen=True, slots=True)
class HotDesk:
    """Log somebody in at the hot-desk phone that calls, or with `out` log out who is logged in
    there (`verbs/hot_desk.py`). `number`: the extension of who logs in, "": it is asked for."""

    number: str = ""
    out: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Ring the caller's device and say that the extension `caller` called the emergency number
    `number` (`verbs/alert.py`). `others` are the calls that ring the same person elsewhere."""

    caller: str
    name: str
    number: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consult:
    """A person on a mobile asks a third one (`reach`), while the leg `held` hears music
    (`verbs/consult.py`). The mobile is the call's caller."""

    held: str
    reach: Ring | DialOut


@dataclass(frozen=True, slots=True)
class LeaveMessage:
    """Leave a message in the box of `owner`, a user or ring group with `number` and `name`
    (`verbs/leave_message.py`)."""

    owner: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class CheckMailbox:
    """Hear the messages in the box of `owner`, whose number is `number` (`verbs/mailbox.py`).

    `own_phone`: the owner dialled, so that a box may open without the PIN.
    """

    owner: str
    number: str
    own_phone: bool = False


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on with the conversation with `leg` after an adoption (`verbs/talk.py`)."""

    leg: str


Decision = (
    Ring
    | DialOut
    | Forward
    | End
    | Announce
    | Menu
    | ByName
    | Park
    | Unpark
    | PickUp
    | Join
    | RingGroup
    | Queue
    | DepartmentMenu
    | Monitor
    | Intercom
    | Page
    | Summon
    | RecordPrompt
    | Feature
    | Unlock
    | HotDesk
    | Alert
    | Consult
    | LeaveMessage
    | CheckMailbox
    | Resume
)
