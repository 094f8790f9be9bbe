"""Who may see, steer and supervise live calls."""

from dataclasses import replace

import pytest

from orchestrator.calls.rules import may_listen_in, may_see, may_steer, may_supervise
from orchestrator.routing.plan import Person
from orchestrator.types import Actor, ActorKind, Grant, Role
from tests.factories.plans import TENANT, person

SHOWS = "presence.show_calls_to_group"
BARGES = "presence.barge_listen_whisper"


def member(number: str, *departments: str, right: str = SHOWS) -> Person:
    """A person of these departments, who holds `right` in each."""
    rights = {d: frozenset({right}) for d in departments}
    return person(number, departments=frozenset(departments), rights=rights)


def actor(role: Role, department: str | None, id_: str = "someone") -> Actor:
    return Actor(ActorKind.USER, id_, "Someone", TENANT, (Grant(role, department),))


BOB = member("102", "sales")


@pytest.mark.parametrize(
    ("who", "people", "seen"),
    [
        pytest.param(actor(Role.USER, "sales", "user-102"), [BOB], True, id="own"),
        pytest.param(actor(Role.USER, "sales"), [BOB], False, id="plain-user"),
        pytest.param(actor(Role.RECEPTIONIST, "sales"), [BOB], True, id="department"),
        pytest.param(actor(Role.RECEPTIONIST, "support"), [BOB], False, id="another-department"),
        pytest.param(
            actor(Role.RECEPTIONIST, "sales"),
            [member("103", "sales", right="other")],
            False,
            id="who-shows-nothing",
        ),
        pytest.param(
            actor(Role.RECEPTIONIST, "sales"), [member("103"), BOB], True, id="one-of-two"
        ),
        pytest.param(actor(Role.RECEPTIONIST, "sales"), [], False, id="nobodys-call"),
        pytest.param(actor(Role.SYSTEM_OWNER, "sales"), [], True, id="whole-tenant"),
        pytest.param(
            Actor(ActorKind.API_CLIENT, "user-102", "CRM", TENANT), [BOB], False, id="not-a-user"
        ),
    ],
)
def test_calls_are_seen_by_their_people_and_by_the_department(
    who: Actor, people: list[Person], seen: bool
) -> None:
    assert may_see(who, people) is seen


def test_calls_are_steered_by_their_people_and_by_right_in_a_department_of_theirs() -> None:
    assert may_steer(Actor(ActorKind.USER, "user-102", "Bob", TENANT), BOB)
    assert may_steer(actor(Role.RECEPTIONIST, "sales"), BOB)
    assert not may_steer(actor(Role.RECEPTIONIST, "support"), BOB)


def test_a_right_in_one_department_does_not_reach_people_of_another() -> None:
    supervisor = member("103", "sales", right=BARGES)
    assert may_listen_in(supervisor, BOB)
    assert not may_listen_in(supervisor, member("104", "support"))
    assert not may_listen_in(supervisor, supervisor)
    assert not may_listen_in(BOB, supervisor)
    assert may_listen_in(replace(supervisor, rights={}, everywhere=frozenset({BARGES})), BOB)
    assert may_supervise(actor(Role.MANAGER, "sales"), BOB)
    assert not may_supervise(actor(Role.MANAGER, "support"), BOB)
    assert not may_supervise(actor(Role.RECEPTIONIST, "sales"), BOB)
