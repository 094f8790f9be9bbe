"""The calls that Asterisk handled while no orchestrator was there.

The survival dialplan notes each in Asterisk's own database, key `survival/<call id>`, value
`tenant|endpoint|from|to|start|seconds answered|end|status`; the last three are empty as long as
the call goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from orchestrator.asterisk.ami import AmiClient

log = structlog.get_logger(__name__)

FAMILY = "survival"
_FIELDS = 8


@dataclass(frozen=True, slots=True)
class SurvivalCall:
    """One call that was handled without us.

    `tenant` is the slug, `endpoint` the caller's device or trunk. `status` is what Dial() said
    (ANSWER, BUSY, NOANSWER, CANCEL, CONGESTION, CHANUNAVAIL), or UNKNOWN for a number that
    cannot be reached in survival. Times are to the second.
    """

    id: str
    tenant: str
    endpoint: str
    caller: str
    dialled: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    status: str


async def collect(ami: AmiClient) -> list[SurvivalCall]:
    """The calls that have ended, oldest first. They stay noted until `forget`.

    Raises `AmiError`.
    """
    notes = await ami.database_tree(FAMILY)
    calls = [call for id_, note in notes.items() if (call := parse_note(id_, note)) is not None]
    return sorted(calls, key=lambda call: call.started_at)


async def forget(ami: AmiClient, calls: Sequence[SurvivalCall]) -> None:
    """Delete the notes of `calls`, once they are stored: better imported twice than lost."""
    for call in calls:
        await ami.database_delete(FAMILY, call.id)


def parse_note(id_: str, note: str) -> SurvivalCall | None:
    """The call of one note; None while it goes on, or when the note is not one of ours."""
    fields = note.split("|")
    if len(fields) != _FIELDS:
        log.warning("survival note is malformed", id=id_)
        return None
    tenant, endpoint, caller, dialled, start, answered, end, status = fields
    if not end:
        return None
    try:
        started_at = datetime.fromtimestamp(int(start), UTC)
        ended_at = datetime.fromtimestamp(int(end), UTC)
        seconds = int(answered) if answered and status == "ANSWER" else None
    except (ValueError, OverflowError, OSError):
        log.warning("survival note is malformed", id=id_)
        return None
    answered_at = None if seconds is None else ended_at - timedelta(seconds=seconds)
    return SurvivalCall(
        id_, tenant, endpoint, caller, dialled, started_at, answered_at, ended_at, status
    )
