"""What routing decides: the next step of a call, as data. Each class names the verb that does it.

Pure. `orchestrator/verbs/__init__.py` maps each class to its verb.
"""

from dataclasses import dataclass

from orchestrator.calls.verdict import Verdict
from orchestrator.routing.plan import Person, TrunkLine


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring all devices of a person together (`verbs/ring.py`)."""

    person: Person


@dataclass(frozen=True, slots=True)
class DialOut:
    """Call a number of the outside world by a trunk (`verbs/dial_out.py`)."""

    number: str
    trunk: TrunkLine
    caller_id: str | None
    rule: str
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """End the call, after `prompts` (names of sounds, "" of none) were spoken (`verbs/end.py`)."""

    verdict: Verdict
    prompts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on with the conversation with `leg` after an adoption (`verbs/talk.py`)."""

    leg: str


Decision = Ring | DialOut | End | Resume
