"""Ring groups: whom a call to one rings, and in which order. Pure."""

from enum import StrEnum


class Strategy(StrEnum):
    """How the members of a group are reached."""

    RING_ALL = "ring_all"
    """All at once; who answers first has the call."""
    HUNT = "hunt"
    """One after the other in the order of the list, each for the ring time."""
    PAGING = "paging"
    """Phones answer by themselves and play what the caller says, one-way."""
