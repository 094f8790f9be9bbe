"""Which agents ring next: each strategy by what it promises, and what holds for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from orchestrator.calls.verdict import Reason
from orchestrator.queues.rules import (
    BY_SKILLS,
    REST_SECONDS,
    Standing,
    Strategy,
    Turn,
    choose,
    expected_wait,
)

S = Strategy
TEAM = tuple(Standing(name) for name in "abcde")
SKILLED = (Standing("a", 2), Standing("b", 1), Standing("c", 3), Standing("d", 1), Standing("e", 2))


def draws(number: int) -> Callable[[int], int]:
    """A random source that always gives `number`, or the nearest that it may."""
    return lambda below: min(number, below - 1)


def team(**of: Sequence[float]) -> tuple[Standing, ...]:
    """The five with these values: `free_since=[5, 4, 3, 2, 1]`."""
    agents = TEAM
    for field, values in of.items():
        agents = tuple(
            replace(each, **{field: value}) for each, value in zip(agents, values, strict=True)
        )
    return agents


def rings(
    strategy: Strategy,
    agents: Sequence[Standing] = TEAM,
    free: str = "abcde",
    draw: int = 0,
    **turn: object,
) -> str:
    """Who rings next, as one word; with a `+` when a new round begins."""
    now = Turn(**{k: frozenset(v) if k in _SETS else v for k, v in turn.items()})  # type: ignore[arg-type,call-overload]
    chosen = choose(strategy, agents, set(free), now, draws(draw))
    return "".join(chosen.agents) + ("+" if chosen.new_round else "")


_SETS = {"tried", "ringing"}


# -- the strategies ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "turn", "expected"),
    [
        pytest.param("abcde", {}, "a", id="the first gets every call"),
        pytest.param("bde", {}, "b", id="for which he is free"),
        pytest.param("abcde", {"tried": "a", "rung": "a"}, "b", id="then the next"),
        pytest.param("acde", {"tried": "ac", "rung": "c"}, "d", id="in the order of the list"),
        pytest.param("abde", {"tried": "acd", "rung": "d"}, "b", id="one who became free"),
        pytest.param("abcde", {"tried": "abcde", "rung": "e"}, "a+", id="and again from the first"),
        pytest.param("abcde", {"last": "c"}, "a", id="whoever answered last"),
    ],
)
def test_hunt(free: str, turn: dict[str, object], expected: str) -> None:
    assert rings(S.HUNT, free=free, **turn) == expected


@pytest.mark.parametrize(
    ("free", "draw", "turn", "expected"),
    [
        pytest.param("abcde", 0, {}, "a", id="from the first"),
        pytest.param("abcde", 3, {}, "d", id="from any"),
        pytest.param("ace", 1, {}, "c", id="of those who are free"),
        pytest.param("abcde", 0, {"tried": "d", "rung": "d"}, "e", id="on in the list"),
        pytest.param("abcde", 0, {"tried": "de", "rung": "e"}, "a", id="around its end"),
        pytest.param("abce", 0, {"tried": "dec", "rung": "c"}, "a", id="to who was not tried"),
        pytest.param("abcde", 2, {"tried": "abcde", "rung": "c"}, "c+", id="a round, a new start"),
        pytest.param("abcde", 4, {"tried": "x", "rung": "x"}, "e", id="who rang is gone"),
    ],
)
def test_hunt_with_a_random_start(
    free: str, draw: int, turn: dict[str, object], expected: str
) -> None:
    assert rings(S.HUNT_RANDOM_START, free=free, draw=draw, **turn) == expected


@pytest.mark.parametrize(
    ("free", "turn", "expected"),
    [
        pytest.param("abcde", {}, "a", id="nobody answered yet"),
        pytest.param("abcde", {"last": "b"}, "c", id="behind the last who answered"),
        pytest.param("abcde", {"last": "e"}, "a", id="around the end"),
        pytest.param("abe", {"last": "b"}, "e", id="who is free"),
        pytest.param("b", {"last": "b"}, "b", id="who answered last comes last"),
        pytest.param("abcde", {"last": "b", "tried": "c", "rung": "c"}, "d", id="then the next"),
        pytest.param("abcde", {"last": "b", "tried": "cdea", "rung": "a"}, "b", id="to the last"),
        pytest.param("abcde", {"last": "b", "tried": "abcde", "rung": "b"}, "c+", id="and again"),
        pytest.param("abcde", {"last": "x"}, "a", id="the last who answered is gone"),
    ],
)
def test_round_robin(free: str, turn: dict[str, object], expected: str) -> None:
    assert rings(S.ROUND_ROBIN, free=free, **turn) == expected


@pytest.mark.parametrize(
    "counted",
    [
        (S.LONGEST_WAITING, "free_since"),
        (S.LEAST_TALK_TIME, "talk_seconds"),
        (S.FEWEST_ANSWERED, "answered"),
    ],
)
@pytest.mark.parametrize(
    ("values", "free", "tried", "expected"),
    [
        pytest.param([5, 4, 1, 3, 2], "abcde", "", "c", id="the least"),
        pytest.param([5, 4, 1, 3, 2], "abd", "", "d", id="of those who are free"),
        pytest.param([5, 4, 1, 3, 2], "abcde", "c", "e", id="then the next"),
        pytest.param([5, 4, 1, 3, 2], "abcde", "abcde", "c+", id="and again"),
        pytest.param([7, 7, 7, 7, 7], "bcde", "", "b", id="the list decides between equals"),
        pytest.param([0, 0, 0, 0, 0], "abcde", "a", "b", id="new agents are equal"),
    ],
)
def test_who_has_least_comes_first(
    counted: tuple[Strategy, str], values: list[float], free: str, tried: str, expected: str
) -> None:
    strategy, field = counted
    assert rings(strategy, team(**{field: values}), free, tried=tried) == expected


@pytest.mark.parametrize(
    ("strategy", "field"),
    [
        (S.LONGEST_WAITING, "talk_seconds"),
        (S.LEAST_TALK_TIME, "answered"),
        (S.FEWEST_ANSWERED, "free_since"),
    ],
)
def test_nothing_else_counts(strategy: Strategy, field: str) -> None:
    assert rings(strategy, team(**{field: [5, 4, 3, 2, 1]})) == "a"


@pytest.mark.parametrize(
    ("free", "turn", "expected"),
    [
        pytest.param("abcde", {}, "abcde", id="all"),
        pytest.param("bd", {}, "bd", id="all who are free"),
        pytest.param("e", {"tried": "abcd", "ringing": "abd"}, "e", id="others join"),
        pytest.param("c", {"tried": "abcd", "ringing": "abd"}, "c+", id="also a second time"),
        pytest.param("abcde", {"tried": "abcde"}, "abcde+", id="and all again"),
    ],
)
def test_ring_all(free: str, turn: dict[str, object], expected: str) -> None:
    assert rings(S.RING_ALL, free=free, **turn) == expected


@pytest.mark.parametrize(
    ("free", "turn", "expected"),
    [
        pytest.param("abcde", {}, "abc", id="three"),
        pytest.param("bde", {}, "bde", id="the first three who are free"),
        pytest.param("be", {}, "be", id="or less"),
        pytest.param("abcde", {"tried": "abc", "rung": "c"}, "de", id="then the next"),
        pytest.param("abcde", {"tried": "abcde", "rung": "e"}, "abc+", id="and again"),
    ],
)
def test_three_by_three(free: str, turn: dict[str, object], expected: str) -> None:
    assert rings(S.HUNT_BY_THREES, free=free, **turn) == expected


@pytest.mark.parametrize(
    ("free", "draw", "turn", "expected"),
    [
        pytest.param("abcde", 0, {}, "abc", id="from the first"),
        pytest.param("abcde", 3, {}, "dea", id="from any, around the end"),
        pytest.param("ace", 2, {}, "eac", id="of those who are free"),
        pytest.param("abcde", 0, {"tried": "dea", "rung": "a"}, "bc", id="on in the list"),
        pytest.param("abcde", 1, {"tried": "abcde", "rung": "c"}, "bcd+", id="a new start"),
    ],
)
def test_three_by_three_with_a_random_start(
    free: str, draw: int, turn: dict[str, object], expected: str
) -> None:
    assert rings(S.HUNT_BY_THREES_RANDOM, free=free, draw=draw, **turn) == expected


# -- by skill ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "free", "draw", "turn", "expected"),
    [
        pytest.param(S.SKILLS_RING_ALL, "abcde", 0, {}, "bd", id="all of the best group"),
        pytest.param(S.SKILLS_RING_ALL, "ace", 0, {}, "ae", id="all busy: the next group"),
        pytest.param(
            S.SKILLS_RING_ALL, "abcde", 0, {"tried": "bd"}, "ae", id="no answer: the next group"
        ),
        pytest.param(
            S.SKILLS_RING_ALL, "abcde", 0, {"tried": "abde"}, "c", id="and the one behind it"
        ),
        pytest.param(
            S.SKILLS_RING_ALL, "abcde", 0, {"tried": "abcde"}, "bd+", id="then the best again"
        ),
        pytest.param(
            S.SKILLS_RING_ALL,
            "acde",
            0,
            {"tried": "b", "ringing": "b"},
            "d",
            id="one of the same group joins",
        ),
        pytest.param(
            S.SKILLS_RING_ALL,
            "ace",
            0,
            {"tried": "bd", "ringing": "bd"},
            "",
            id="others wait for those who ring",
        ),
        pytest.param(
            S.SKILLS_RING_ALL,
            "bc",
            0,
            {"tried": "ae", "ringing": "ae"},
            "b",
            id="one of a better group joins",
        ),
        pytest.param(
            S.SKILLS_RING_ALL, "abde", 0, {"ringing": "x"}, "", id="who rings left the queue"
        ),
        pytest.param(S.SKILLS_HUNT_RANDOM_START, "abcde", 0, {}, "b", id="any of the best group"),
        pytest.param(S.SKILLS_HUNT_RANDOM_START, "abcde", 1, {}, "d", id="really any"),
        pytest.param(
            S.SKILLS_HUNT_RANDOM_START, "abcde", 0, {"tried": "d", "rung": "d"}, "b", id="the other"
        ),
        pytest.param(
            S.SKILLS_HUNT_RANDOM_START,
            "abcde",
            1,
            {"tried": "bd", "rung": "b"},
            "e",
            id="any of the next group",
        ),
        pytest.param(S.SKILLS_ROUND_ROBIN, "abcde", 0, {"last": "b"}, "d", id="behind the last"),
        pytest.param(S.SKILLS_ROUND_ROBIN, "abcde", 0, {"last": "d"}, "b", id="around the end"),
        pytest.param(
            S.SKILLS_ROUND_ROBIN, "abcde", 0, {"last": "c"}, "d", id="also behind another group"
        ),
        pytest.param(
            S.SKILLS_ROUND_ROBIN, "ace", 0, {"last": "a"}, "e", id="in the next group as well"
        ),
    ],
)
def test_by_skill(
    strategy: Strategy, free: str, draw: int, turn: dict[str, object], expected: str
) -> None:
    assert rings(strategy, SKILLED, free, draw, **turn) == expected


def test_by_skill_the_fewest_answered_of_the_best_group() -> None:
    counted = (replace(SKILLED[1], answered=9), *SKILLED[2:], SKILLED[0])
    assert rings(S.SKILLS_FEWEST_ANSWERED, counted) == "d"
    assert rings(S.SKILLS_FEWEST_ANSWERED, counted, tried="d") == "b"
    assert rings(S.SKILLS_FEWEST_ANSWERED, counted, free="ace") == "e"


@pytest.mark.parametrize(
    ("waited", "free", "turn", "expected"),
    [
        pytest.param(0, "ace", {}, "", id="the next group is not open yet"),
        pytest.param(9.9, "ace", {}, "", id="not yet"),
        pytest.param(10, "ace", {}, "ae", id="now"),
        pytest.param(10, "c", {}, "", id="the third is not"),
        pytest.param(20, "c", {}, "c", id="now"),
        pytest.param(10, "abcde", {}, "bd", id="the best that is free comes first"),
        pytest.param(5, "bd", {"tried": "bd"}, "bd+", id="rounds go on in the open groups"),
        pytest.param(15, "abde", {"tried": "bd"}, "ae", id="the open ones are one round"),
        pytest.param(15, "abde", {"tried": "abde"}, "bd+", id="of which this is the next"),
        pytest.param(5, "ace", {"tried": "bd", "ringing": "bd"}, "", id="closed to others"),
        pytest.param(
            10, "ace", {"tried": "bd", "ringing": "bd"}, "ae", id="joins those who ring on"
        ),
    ],
)
def test_the_next_groups_open_with_time(
    waited: float, free: str, turn: dict[str, object], expected: str
) -> None:
    found = rings(S.SKILLS_RING_ALL, SKILLED, free, waited=waited, skill_seconds=10, **turn)
    assert found == expected


def test_groups_that_nobody_is_logged_in_to_keep_no_caller_waiting() -> None:
    out = tuple(replace(each, logged_in=each.skill != 1) for each in SKILLED)
    assert rings(S.SKILLS_RING_ALL, out, "ace", skill_seconds=10) == "ae"


@pytest.mark.parametrize("strategy", sorted(set(S) - set(BY_SKILLS)))
def test_skill_counts_for_no_other_strategy(strategy: Strategy) -> None:
    assert rings(strategy, SKILLED, skill_seconds=10) == rings(strategy)


# -- what holds for all ------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", S)
def test_while_somebody_rings_nobody_joins_but_where_all_ring(strategy: Strategy) -> None:
    found = rings(strategy, free="cde", tried="ab", ringing="ab", rung="b")
    assert found == ("cde" if BY_SKILLS.get(strategy, strategy) is S.RING_ALL else "")


@pytest.mark.parametrize("free", ["a", "ae", "bcd", "abcde"])
def test_a_random_start_is_as_likely_with_each_who_is_free(free: str) -> None:
    found = [rings(S.HUNT_RANDOM_START, free=free, draw=draw) for draw in range(len(free))]
    assert sorted(found) == sorted(free)


# -- waits and rests ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "agents", "seconds", "expected"),
    [
        (1, 1, 120.0, 120),
        (3, 1, 120.0, 360),
        (3, 2, 120.0, 180),
        (1, 4, 90.0, 22),
        (1, 0, 120.0, 0),
        (1, 3, 0.0, 0),
        (0, 3, 120.0, 0),
    ],
)
def test_expected_wait(position: int, agents: int, seconds: float, expected: int) -> None:
    assert expected_wait(position, agents, seconds) == expected


def test_who_declines_rests_longer_than_who_does_not_answer() -> None:
    assert REST_SECONDS[Reason.DECLINED] > REST_SECONDS[Reason.NO_ANSWER] > 0
