"""Moving rows that are tried in order of their `position`."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from orchestrator.routing.schemas import Direction


class Positioned(Protocol):
    position: int


R = TypeVar("R", bound=Positioned)


def moved(rows: Sequence[R], row: R, direction: Direction) -> None:
    """Number all of `rows`, with `row` one place up or down; at the end nothing moves."""
    order = list(rows)
    place = order.index(row)
    wanted = place + (-1 if direction is Direction.UP else 1)
    if 0 <= wanted < len(order):
        order[place], order[wanted] = order[wanted], order[place]
    for position, each in enumerate(order):
        each.position = position
