"""The machine of a trunk's state, edge by edge, and what looks at Asterisk lead to."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.trunks.state import (
    TRANSITIONS,
    Look,
    Sighting,
    StateChange,
    TrunkState,
    TrunkStates,
    asked_otherwise,
    sighting_of,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=2)
BRINGS = {
    TrunkState.UP: Sighting.FINE,
    TrunkState.UNREGISTERED: Sighting.REGISTRATION_FAILED,
    TrunkState.REJECTED: Sighting.REFUSED,
    TrunkState.UNREACHABLE: Sighting.SILENT,
}


def states_in(state: TrunkState) -> TrunkStates:
    states = TrunkStates()
    if state in BRINGS:
        states.see("t", BRINGS[state], NOW)
    assert states.of("t").state is state
    return states


@pytest.mark.parametrize(("edge", "after"), TRANSITIONS.items())
def test_every_edge(edge: tuple[TrunkState, Sighting], after: TrunkState) -> None:
    before, sighting = edge
    states = states_in(before)
    assert states.see("t", sighting, LATER) == StateChange(before, after)
    assert (states.of("t").state, states.of("t").since) == (after, LATER)


@pytest.mark.parametrize("state", TrunkState)
def test_what_is_no_edge_changes_nothing(state: TrunkState) -> None:
    states = states_in(state)
    for sighting in (None, *(s for s in Sighting if (state, s) not in TRANSITIONS)):
        assert states.see("t", sighting, LATER) is None
        assert states.of("t").state is state


def test_from_every_state_each_sighting_leads_to_its_own() -> None:
    for state in TrunkState:
        for wanted, sighting in BRINGS.items():
            states = states_in(state)
            states.see("t", sighting, LATER)
            assert states.of("t").state is wanted


@pytest.mark.parametrize(
    ("state", "down"),
    [
        (TrunkState.UNKNOWN, False),
        (TrunkState.UP, False),
        (TrunkState.UNREGISTERED, True),
        (TrunkState.REJECTED, True),
        (TrunkState.UNREACHABLE, True),
    ],
)
def test_which_states_take_no_calls(state: TrunkState, down: bool) -> None:
    reason = states_in(state).down("t")
    assert (reason is not None) is down
    assert reason != ""


def test_trunks_that_are_gone_are_forgotten() -> None:
    states = states_in(TrunkState.REJECTED)
    states.keep({"t"})
    assert states.down("t")
    states.keep(set())
    assert states.of("t").state is TrunkState.UNKNOWN


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        pytest.param(Look(False, "", True), Sighting.FINE, id="answers"),
        pytest.param(Look(False, "", False), Sighting.SILENT, id="does not answer"),
        pytest.param(Look(False, "", None), None, id="not asked yet"),
        pytest.param(Look(True, "Registered", None), Sighting.FINE, id="registered"),
        pytest.param(Look(True, "Registered", True), Sighting.FINE, id="registered and answers"),
        pytest.param(Look(True, "Registered", False), Sighting.SILENT, id="registered, silent"),
        pytest.param(Look(True, "Rejected", True), Sighting.REFUSED, id="refused"),
        pytest.param(Look(True, "Rejected", False), Sighting.SILENT, id="gone"),
        pytest.param(Look(True, "Rejected", None), Sighting.REGISTRATION_FAILED, id="either"),
        pytest.param(Look(True, "Unregistered", True), None, id="about to register"),
        pytest.param(Look(True, "", True), None, id="not loaded yet"),
    ],
)
def test_what_a_look_shows(look: Look, expected: Sighting | None) -> None:
    assert sighting_of(look) is expected


@pytest.mark.parametrize(
    ("statuses", "asked", "expected"),
    [
        pytest.param({"NonQualified"}, "sip:there 60", True, id="should be asked"),
        pytest.param({"Reachable"}, "", True, id="should not, and answers"),
        pytest.param({"Unreachable"}, "", True, id="should not, and is silent"),
        pytest.param({"NonQualified"}, "", False, id="is not, rightly"),
        pytest.param({"Unreachable"}, "sip:there 60", False, id="is, rightly"),
        pytest.param({"Unknown"}, "sip:there 60", False, id="is about to be"),
        pytest.param(set(), "sip:there 60", False, id="not known to Asterisk"),
    ],
)
def test_whether_asterisk_asks_otherwise(statuses: set[str], asked: str, expected: bool) -> None:
    assert asked_otherwise(statuses, asked) is expected
