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

A round is over when everybody who is free was rung; then the next one begins: a queue tries until
somebody answers, or until the caller has waited too long. Talk time and answered calls count since
the statistics of the queue were reset.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
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
    clock; `talk_seconds` and `answered` count the calls of this queue."""

    agent: str
    skill: int = 1
    free_since: float = 0.0
    talk_seconds: float = 0.0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """What decides about one caller besides the agents.

    `tried`: who was rung in vain in this round. `last`: the agent who answered last in this queue.
    `waited`: seconds. `skill_seconds`: after so many seconds more each next skill group is open
    too; 0: when nobody of the groups before is free.
    """

    tried: frozenset[str] = frozenset()
    last: str = ""
    waited: float = 0.0
    skill_seconds: int = 0


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

    `free` are those who may be rung now; `random(n)` gives a number from 0 to n - 1.
    """
    present = [each for each in agents if each.agent in free]
    ahead = [each for each in present if each.agent not in turn.tried]
    for group, new_round in ((ahead, False), (present, True)):
        within = _best_group(strategy, agents, group, turn)
        if within:
            ordered = _ordered(BY_SKILLS.get(strategy, strategy), agents, within, turn, random)
            most = _TOGETHER.get(BY_SKILLS.get(strategy, strategy), 1)
            return Chosen(tuple(each.agent for each in ordered[:most]), new_round)
    return NOBODY


def _best_group(
    strategy: Strategy, agents: Sequence[Standing], group: list[Standing], turn: Turn
) -> list[Standing]:
    """Those of `group` whose turn it is by skill: all of them where skill does not count."""
    if strategy not in BY_SKILLS or not group:
        return group
    groups = sorted({each.skill for each in agents})
    if turn.skill_seconds:
        groups = groups[: 1 + int(turn.waited // turn.skill_seconds)]
    for skill in groups:
        if within := [each for each in group if each.skill == skill]:
            return within
    return []


def _ordered(
    strategy: Strategy,
    agents: Sequence[Standing],
    within: list[Standing],
    turn: Turn,
    random: Callable[[int], int],
) -> list[Standing]:
    if strategy is Strategy.LONGEST_WAITING:
        return sorted(within, key=lambda each: each.free_since)
    if strategy is Strategy.LEAST_TALK_TIME:
        return sorted(within, key=lambda each: each.talk_seconds)
    if strategy is Strategy.FEWEST_ANSWERED:
        return sorted(within, key=lambda each: each.answered)
    if strategy is Strategy.ROUND_ROBIN:
        return _behind(agents, within, turn.last)
    if strategy in _RANDOM_START:
        start = random(len(within))
        return within[start:] + within[:start]
    return within


def _behind(agents: Sequence[Standing], within: list[Standing], last: str) -> list[Standing]:
    """`within` from the agent on who comes behind `last` in the list."""
    place = {each.agent: position for position, each in enumerate(agents)}
    after = place.get(last, -1)
    return sorted(within, key=lambda each: (place[each.agent] <= after, place[each.agent]))


def expected_wait(position: int, agents: int, seconds_each: float) -> int:
    """Seconds until the caller at `position` (1: the first) will probably be served, when each of
    `agents` needs `seconds_each` for a call; 0: nobody can tell."""
    if agents < 1 or seconds_each <= 0 or position < 1:
        return 0
    return round(position * seconds_each / agents)
