"""Memberships after an edit: who may give which role where, and what stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import CentraleError, Denied, Invalid
from orchestrator.people.rules import Place, merged, outranks
from orchestrator.rights.rules import may_elevate
from orchestrator.types import Actor, ActorKind, Grant, Role, TenantId

ANYBODY = st.sampled_from(Role)
DEPARTMENTS = st.sampled_from(["a", "b", "c"])


def actor(role: Role, department: str = "a") -> Actor:
    return Actor(ActorKind.USER, "me", "Me", TenantId("t"), (Grant(role, department),))


def places(draw: st.DrawFn) -> tuple[Place, ...]:
    chosen = draw(st.lists(DEPARTMENTS, unique=True, max_size=3))
    return tuple(Place(d, draw(ANYBODY), is_main=i == 0) for i, d in enumerate(chosen))


PLACES = st.composite(places)()


def test_an_admin_of_one_department_keeps_out_of_the_others() -> None:
    before = (Place("a", Role.USER, is_main=True), Place("b", Role.MANAGER))
    after = merged(actor(Role.DEPARTMENT_ADMIN), before, [Place("a", Role.RECEPTIONIST)])
    assert {(p.department, p.role) for p in after} == {
        ("a", Role.RECEPTIONIST),
        ("b", Role.MANAGER),
    }
    with pytest.raises(Denied):
        merged(actor(Role.DEPARTMENT_ADMIN), before, [Place("b", Role.USER)])
    with pytest.raises(Denied):
        merged(actor(Role.DEPARTMENT_ADMIN), (), [Place("b", Role.USER)])


def test_two_of_a_kind_are_refused() -> None:
    owner = actor(Role.SYSTEM_OWNER)
    with pytest.raises(Invalid):
        merged(owner, (), [Place("a", Role.USER), Place("a", Role.USER)])
    with pytest.raises(Invalid):
        merged(owner, (), [Place("a", Role.USER, True), Place("b", Role.USER, True)])
    with pytest.raises(Invalid):
        merged(owner, (Place("a", Role.USER, True),), [])


@given(ANYBODY, PLACES, PLACES)
def test_whatever_is_allowed_was_the_actors_to_give_and_to_take(
    role: Role, before: tuple[Place, ...], wanted: tuple[Place, ...]
) -> None:
    me = actor(role)
    try:
        after = merged(me, before, wanted)
    except CentraleError:
        return
    assert sum(place.is_main for place in after) == 1
    old = {p.department: p.role for p in before}
    new = {p.department: p.role for p in after}
    for department in old.keys() | new.keys():
        if old.get(department) != new.get(department):
            for each in (old.get(department), new.get(department)):
                assert each is None or may_elevate(me, each, department)


@given(PLACES)
def test_a_plain_user_changes_nobody(before: tuple[Place, ...]) -> None:
    assert outranks(actor(Role.USER), before) is (not before)
