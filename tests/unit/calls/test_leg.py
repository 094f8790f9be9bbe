"""Every edge of the leg's machine, and nothing but its edges."""

import itertools

import pytest

from orchestrator.calls.leg import TRANSITIONS, Leg, LegEvent, LegState


@pytest.mark.parametrize(("state", "event"), list(itertools.product(LegState, LegEvent)), ids=str)
def test_a_leg_moves_only_along_the_table(state: LegState, event: LegEvent) -> None:
    leg = Leg("c~1", "endpoint", "100", "Ann", state=state)
    moved = leg.apply(event)
    assert moved == ((state, event) in TRANSITIONS)
    assert leg.state is TRANSITIONS.get((state, event), state)


def test_a_leg_that_is_gone_stays_gone() -> None:
    assert not [edge for edge in TRANSITIONS if edge[0] is LegState.GONE]
