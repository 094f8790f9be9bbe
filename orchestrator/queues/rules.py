"""Queues: which agents ring next for a caller who waits. Pure.

    strategy                   who rings                              in which order
    -------------------------  -------------------------------------  --------------------------
    hunt                       one                                    that of the list
    hunt_random_start          one                                    the list from a random agent
    round_robin                one                                    the list from the agent
                                                                      behind the last who answered
    longest_waiting            one                                    idle for the longest time
    least_talk_time            one                                    least time spent on calls
    fewest_answered            one                                    fewest calls answered
    ring_all                   all                                    that of the list
    hunt_by_threes             three                                  that of the list
    hunt_by_threes_random      three                                  the list from a random agent
    skills_...                 as the name says, among the agents of the best group that is open

Nobody rings twice in a round before everybody who is free has rung; then the next round begins: a
queue tries until somebody answers, or until the caller has waited too long. Talk time and answered
calls count since the statistics of the queue were reset.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from orchestrator.calls.verdict import Reason


class Strategy(StrEnum):
    """Which agents ring for a caller; the table above says how."""

    HUNT = "hunt"
    RING_ALL = "ring_all"
    HUNT_RANDOM_START = "hunt_random_start"
    ROUND_ROBIN = "round_robin"
    LONGEST_WAITING = "longest_waiting"
    LEAST_TALK_TIME = "least_talk_time"
    FEWEST_ANSWERED = "fewest_answered"
    HUNT_BY_THREES = "hunt_by_threes"
    HUNT_BY_THREES_RANDOM = "hunt_by_threes_random"
    SKILLS_RING_ALL = "skills_ring_all"
    SKILLS_HUNT_RANDOM_START = "skills_hunt_random_start"
    SKILLS_ROUND_ROBIN = "skills_round_robin"
    SKILLS_FEWEST_ANSWERED = "skills_fewest_answered"


BY_SKILLS: Mapping[Strategy, Strategy] = {
    Strategy.SKILLS_RING_ALL: Strategy.RING_ALL,
    Strategy.SKILLS_HUNT_RANDOM_START: Strategy.HUNT_RANDOM_START,
    Strategy.SKILLS_ROUND_ROBIN: Strategy.ROUND_ROBIN,
    Strategy.SKILLS_FEWEST_ANSWERED: Strategy.FEWEST_ANSWERED,
}
"""Strategies by skill, and what each does within a group."""

_TOGETHER = {
    Strategy.RING_ALL: None,
    Strategy.HUNT_BY_THREES: 3,
    Strategy.HUNT_BY_THREES_RANDOM: 3,
}
"""How many agents ring at once; None: all of them. The others ring one."""

_RANDOM_START = frozenset({Strategy.HUNT_RANDOM_START, Strategy.HUNT_BY_THREES_RANDOM})

REST_SECONDS: Mapping[Reason, float] = {
    Reason.NO_ANSWER: 3.0,
    Reason.BUSY: 10.0,
    Reason.DECLINED: 10.0,
    Reason.NOT_REGISTERED: 15.0,
    Reason.NO_DEVICE: 15.0,
}
"""For how long the queues leave an agent in peace who was rung in vain, by why: whoever declines
must not be rung again in the same moment."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agent stands in one queue. `skill` 1 is the best group. `free_since`: seconds of any
    clock; `talk_seconds` and `answered` count the calls of this queue. A group by skill without
    anybody `logged_in` keeps no caller waiting."""

    agent: str
    skill: int = 1
    free_since: float = 0.0
    talk_seconds: float = 0.0
    answered: int = 0
    logged_in: bool = True


_LEAST_OF: Mapping[Strategy, Callable[[Standing], float]] = {
    Strategy.LONGEST_WAITING: lambda each: each.free_since,
    Strategy.LEAST_TALK_TIME: lambda each: each.talk_seconds,
    Strategy.FEWEST_ANSWERED: lambda each: each.answered,
}
"""What agents are compared by; the order of the list decides between equals."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What decides about one caller besides the agents.

    `tried`: who was rung in this round, `rung`: the last of them. `last`: the agent who answered
    last in this queue. `waited`: seconds. `skill_seconds`: after so many seconds more each next
    group by skill is open too; 0: when nobody of the groups before is free. `ringing`: whose
    phones ring for this caller now.
    """

    tried: frozenset[str] = frozenset()
    last: str = ""
    waited: float = 0.0
    skill_seconds: int = 0
    rung: str = ""
    ringing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who rings now, and whether a new round begins with them."""

    agents: tuple[str, ...]
    new_round: bool = False


NOBODY = Chosen(())


def choose(
    strategy: Strategy,
    agents: Sequence[Standing],
    free: Collection[str],
    turn: Turn,
    random: Callable[[int], int],
) -> Chosen:
    """Who of `agents`, those of the queue in its order, rings next for a caller.

    `free` are those who may be rung now, and do not ring yet; `random(n)` gives a number from 0 to
    n - 1. While somebody rings for the caller, others join only where all ring together.
    """
    plain = BY_SKILLS.get(strategy, strategy)
    most = _TOGETHER.get(plain, 1)
    if not free or (turn.ringing and most is not None):
        return NOBODY
    groups = _open_groups(agents, turn) if strategy in BY_SKILLS else [agents]
    for now in (turn, replace(turn, tried=frozenset(), rung="")):
        for group in groups:
            ready = [each for each in group if each.agent in free and each.agent not in now.tried]
            if ready:
                behind = _beginning(plain, group, ready, now, random)
                ordered = _ordered(plain, agents, ready, behind)
                return Chosen(tuple(ordered[:most]), new_round=now is not turn)
    return NOBODY


def _open_groups(agents: Sequence[Standing], turn: Turn) -> list[list[Standing]]:
    """The groups by skill whose turn it may be for a caller, the best first."""
    skills = sorted({each.skill for each in agents if each.logged_in})
    if turn.skill_seconds:
        skills = skills[: 1 + int(turn.waited // turn.skill_seconds)]
    elif turn.ringing:
        # The next group is for callers whom this one leaves alone.
        worst = max((each.skill for each in agents if each.agent in turn.ringing), default=0)
        skills = [skill for skill in skills if skill <= worst]
    return [[each for each in agents if each.skill == skill] for skill in skills]


def _beginning(
    strategy: Strategy,
    group: Sequence[Standing],
    ready: list[Standing],
    turn: Turn,
    random: Callable[[int], int],
) -> str:
    """The agent behind whom the list begins; "": it begins with its first."""
    if strategy in _RANDOM_START:
        begun = any(each.agent == turn.rung for each in group)
        return turn.rung if begun else ready[random(len(ready)) - 1].agent
    return turn.last if strategy is Strategy.ROUND_ROBIN else ""


def _ordered(
    strategy: Strategy, agents: Sequence[Standing], ready: list[Standing], behind: str
) -> list[str]:
    """Those who are ready: whoever has least of what counts comes first, else as in the list."""
    if strategy in _LEAST_OF:
        return [each.agent for each in sorted(ready, key=_LEAST_OF[strategy])]
    names = [each.agent for each in agents]
    start = names.index(behind) + 1 if behind in names else 0
    wanted = {each.agent for each in ready}
    return [name for name in names[start:] + names[:start] if name in wanted]


def expected_wait(position: int, agents: int, seconds_each: float) -> int:
    """Seconds until the caller at `position` (1: the first) will probably be served, when each of
    `agents` needs `seconds_each` for a call; 0: nobody can tell."""
    if agents < 1 or seconds_each <= 0 or position < 1:
        return 0
    return round(position * seconds_each / agents)
