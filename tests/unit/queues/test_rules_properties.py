"""What holds for every strategy, whoever the agents are and whatever happened before."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.queues.rules import (
    BY_SKILLS,
    NOBODY,
    Chosen,
    Standing,
    Strategy,
    Turn,
    choose,
    expected_wait,
)

S = Strategy


def draws(number: int) -> Callable[[int], int]:
    """A random source that always gives `number`, or the nearest that it may."""
    return lambda below: min(number, below - 1)


standings = st.lists(
    st.builds(
        Standing,
        st.integers(0, 30).map(str),
        st.integers(1, 3),
        st.integers(0, 3).map(float),
        st.integers(0, 3).map(float),
        st.integers(0, 3),
    ),
    max_size=8,
    unique_by=lambda each: each.agent,
)
strategies = st.sampled_from(S)
randoms = st.integers(0, 9).map(draws)
Random = Callable[[int], int]


@given(strategies, standings, st.data(), randoms)
def test_chosen_are_free_agents_of_the_queue_and_each_once(
    strategy: Strategy, agents: list[Standing], data: st.DataObject, random: Random
) -> None:
    names = [each.agent for each in agents]
    some = st.sets(st.sampled_from([*names, "x"]))
    free, tried = data.draw(some), data.draw(some)
    turn = data.draw(
        st.builds(
            Turn,
            st.just(frozenset(tried)),
            st.sampled_from([*names, ""]),
            st.integers(0, 30).map(float),
            st.sampled_from([0, 10]),
            st.sampled_from([*names, ""]),
        )
    )
    found = choose(strategy, agents, free, turn, random)
    assert set(found.agents) <= free & set(names)
    assert len(found.agents) == len(set(found.agents))
    if found.new_round:
        assert set(found.agents) <= tried
    else:
        assert not set(found.agents) & tried
    if not free & set(names):
        assert found == NOBODY
    if not turn.skill_seconds:
        assert bool(found.agents) == bool(free & set(names))
        # Nobody twice while somebody who is free was not tried.
        assert found.new_round == bool(free & set(names) and not free & set(names) - tried)


@given(strategies, standings, st.data(), randoms)
def test_everybody_who_is_free_is_rung_once_in_a_round(
    strategy: Strategy, agents: list[Standing], data: st.DataObject, random: Random
) -> None:
    names = [each.agent for each in agents]
    free = data.draw(st.sets(st.sampled_from(names))) if names else set()
    turn = Turn(last=data.draw(st.sampled_from([*names, ""])))
    rung: list[str] = []
    for _ in range(len(agents) + 1):
        chosen = choose(strategy, agents, free, turn, random)
        if chosen.new_round or chosen == NOBODY:
            break
        rung += chosen.agents
        turn = replace(turn, tried=frozenset(rung), rung=rung[-1])
    assert sorted(rung) == sorted(free)


@given(strategies, standings, randoms, st.integers(1, 3))
def test_no_caller_waits_for_ever_for_a_group(
    strategy: Strategy, agents: list[Standing], random: Random, worst: int
) -> None:
    free = {each.agent for each in agents if each.skill == worst}
    turn = Turn(waited=20.0, skill_seconds=10)
    assert bool(choose(strategy, agents, free, turn, random).agents) == bool(free)


@given(st.sampled_from(sorted(set(S) - set(BY_SKILLS))), standings)
def test_the_list_decides_between_equals(strategy: Strategy, agents: list[Standing]) -> None:
    equal = [Standing(each.agent) for each in agents]
    found = choose(strategy, equal, {each.agent for each in equal}, Turn(), draws(0))
    names = tuple(each.agent for each in equal)
    assert found == Chosen(names[: len(found.agents)])


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0.1, 10_000))
def test_the_wait_grows_with_those_ahead_and_shrinks_with_agents(
    position: int, agents: int, seconds: float
) -> None:
    wait = expected_wait(position, agents, seconds)
    assert wait <= expected_wait(position + 1, agents, seconds)
    assert wait >= expected_wait(position, agents + 1, seconds)
