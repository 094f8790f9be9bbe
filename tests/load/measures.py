"""What `make bench` measures; the values of each part stand beside the code that finds them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

NOTHING = ""
"""`against` of a value that is not compared with another."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One value. `bar` is "" or like "<= 30"; `against` is what it is compared with."""

    id: str
    unit: str
    bar: str
    against: str
    how: str


@dataclass(frozen=True, slots=True)
class Part:
    """What `make bench NAME=name` measures. `run` gives values by the ids of `measures`;
    `by_name_only`: it takes too long to be measured each time."""

    name: str
    measures: tuple[Measure, ...]
    run: Callable[[], Mapping[str, float]]
    by_name_only: bool = False
