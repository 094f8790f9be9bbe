"""The matrix of rights, cell by cell, and where rights hold."""

import csv
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import Denied
from orchestrator.rights.rules import (
    SYSTEM_ROLES,
    Right,
    allowed,
    departments_with,
    matrix,
    may,
    may_elevate,
    require,
)
from orchestrator.types import SYSTEM_ACTOR, Actor, ActorKind, Grant, Role, TenantId

TENANT = TenantId("t1")
ROWS = list(
    csv.DictReader(files("orchestrator.rights").joinpath("roles.csv").read_text().splitlines())
)
CELLS = [(f"{row['area']}.{row['right']}", role, row[role] == "1") for row in ROWS for role in Role]


def user(*grants: Grant) -> Actor:
    return Actor(ActorKind.USER, "u1", "Ada", TENANT, grants)


@pytest.mark.parametrize(("right", "role", "held"), CELLS)
def test_each_cell_of_the_matrix(right: str, role: Role, held: bool) -> None:
    actor = user(Grant(role, "sales"))
    assert allowed(actor, Right(right), "sales") is held
    assert may(actor, Right(right)) is held


def test_the_code_knows_exactly_the_rights_of_the_matrix() -> None:
    assert {f"{row['area']}.{row['right']}" for row in ROWS} == {right.value for right in Right}
    assert set(matrix()) == set(Role)


rights = st.sampled_from(list(Right))
departments = st.sampled_from(["sales", "support", "board"])
overrides = st.lists(st.tuples(rights.map(lambda r: r.value), st.booleans()), max_size=3).map(tuple)
grants = st.builds(Grant, st.sampled_from(list(Role)), departments, overrides)


@given(st.lists(grants, max_size=4), rights)
def test_nobody_holds_a_right_where_no_grant_gives_it(held: list[Grant], right: Right) -> None:
    reach = departments_with(user(*held), right)
    giving = [
        g for g in held if dict(reversed(g.overrides)).get(right.value, right in matrix()[g.role])
    ]
    if any(g.role in SYSTEM_ROLES for g in giving):
        assert reach is None
    else:
        assert reach == {g.department for g in giving}


@given(st.lists(grants, max_size=4), grants, rights)
def test_one_more_grant_never_takes_a_right_away(
    held: list[Grant], more: Grant, right: Right
) -> None:
    before, after = departments_with(user(*held), right), departments_with(user(*held, more), right)
    assert after is None or (before is not None and before <= after)


@given(rights, departments)
def test_operators_and_the_product_hold_every_right(right: Right, department: str) -> None:
    operator = Actor(ActorKind.OPERATOR, "o1", "Op", TENANT)
    for actor in (operator, SYSTEM_ACTOR):
        assert allowed(actor, right)
        assert allowed(actor, right, department)


def test_a_role_holds_in_its_department_only() -> None:
    actor = user(Grant(Role.MANAGER, "sales"), Grant(Role.USER, "support"))
    assert allowed(actor, Right.BARGE_LISTEN_WHISPER, "sales")
    assert not allowed(actor, Right.BARGE_LISTEN_WHISPER, "support")
    assert not allowed(actor, Right.BARGE_LISTEN_WHISPER), "not in the whole tenant"
    assert may(actor, Right.BARGE_LISTEN_WHISPER)


def test_an_override_switches_one_right_of_one_membership() -> None:
    on, off = (Right.PARK_CALLS.value, True), (Right.DIVERT_TRANSFER_PICKUP.value, False)
    actor = user(Grant(Role.USER, "sales", (on, off)), Grant(Role.USER, "support"))
    assert departments_with(actor, Right.PARK_CALLS) == {"sales"}
    assert departments_with(actor, Right.DIVERT_TRANSFER_PICKUP) == {"support"}


def test_promotion_follows_the_matrix() -> None:
    manager = user(Grant(Role.MANAGER, "sales"))
    assert may_elevate(manager, Role.DEPARTMENT_ADMIN, "sales")
    assert not may_elevate(manager, Role.DEPARTMENT_ADMIN, "support")
    assert not may_elevate(manager, Role.MANAGER)
    assert not may_elevate(user(Grant(Role.SYSTEM_ADMIN, "sales")), Role.SYSTEM_OWNER)
    assert may_elevate(user(Grant(Role.SYSTEM_OWNER, "sales")), Role.SYSTEM_OWNER, "support")


def test_require_says_which_right_is_missing() -> None:
    with pytest.raises(Denied, match=r"manage\.phones"):
        require(user(Grant(Role.USER, "sales")), Right.PHONES)
    require(user(Grant(Role.SYSTEM_ADMIN, "sales")), Right.PHONES)
