"""Who may park and fetch calls. Pure."""

from dataclasses import dataclass

from orchestrator.rights.rules import Right
from orchestrator.routing.plan import ParkingLine, Person


def may_park(person: Person, place: ParkingLine | None) -> bool:
    """The right counts if any department of the person grants it. `place` None: an orbit."""
    granted = any(Right.PARK_CALLS in rights for rights in person.rights.values())
    return granted and may_fetch(person, place)


def may_fetch(person: Person, place: ParkingLine | None) -> bool:
    """Places of a department are for its members; all others are for everybody."""
    return place is None or place.department is None or place.department in person.departments


@dataclass(frozen=True, slots=True)
class Waiting:
    """A parked call, as people see it; `place` is an orbit or the number of `parking_place`.

    `department` is the one whose members use that place, `since` seconds since the epoch.
    """

    call: str
    caller_number: str
    caller_name: str
    place: str
    parking_place: str | None
    department: str | None
    parked_by: str | None
    since: float
