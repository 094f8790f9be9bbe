"""What an agent is doing for the queues, and the small machine of it. Pure.

    IDLE ──rung──> RINGING ──answered──> TALKING ──hung_up──> WRAP_UP ──over──> IDLE
                      │
                      ├── spared (somebody else answered, or the caller left) ──> IDLE
                      └── missed ──> RESTING ──over──> IDLE

An agent has one state over all queues, so that who serves five of them never gets two calls at
once, and wrap-up after a call of one queue counts for all. Whether the agent is logged in, or on
another call, is no state: the floor asks for it when somebody is to be rung.
"""

from enum import StrEnum


class AgentState(StrEnum):
    """What an agent does, as a queue sees it; those of the machine first.

    idle        may be rung
    ringing     is rung for a caller of any queue
    talking     with a caller of any queue
    wrap_up     after such a call, for the wrap-up time of its queue
    resting     was rung in vain a moment ago, and is left in peace
    logged_out  idle, and not logged in to this queue, or not at all
    away        idle, but the status keeps the phones silent, or there is no phone
    busy        idle, but on a call that came by no queue
    """

    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    RESTING = "resting"
    LOGGED_OUT = "logged_out"
    AWAY = "away"
    BUSY = "busy"


class AgentEvent(StrEnum):
    """What happens to an agent."""

    RUNG = "rung"
    ANSWERED = "answered"
    MISSED = "missed"
    SPARED = "spared"
    HUNG_UP = "hung_up"
    OVER = "over"


S, E = AgentState, AgentEvent
TRANSITIONS: dict[tuple[AgentState, AgentEvent], AgentState] = {
    (S.IDLE, E.RUNG): S.RINGING,
    (S.RINGING, E.ANSWERED): S.TALKING,
    (S.RINGING, E.SPARED): S.IDLE,
    (S.RINGING, E.MISSED): S.RESTING,
    (S.TALKING, E.HUNG_UP): S.WRAP_UP,
    (S.WRAP_UP, E.OVER): S.IDLE,
    (S.RESTING, E.OVER): S.IDLE,
}


def after(state: AgentState, event: AgentEvent) -> AgentState | None:
    """The state after `event`; None when the machine has no such step."""
    return TRANSITIONS.get((state, event))
