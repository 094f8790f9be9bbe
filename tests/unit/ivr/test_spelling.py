"""Names on the keypad, and who is meant by what was spelled so far."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.ivr.spelling import LEAST_KEYS, NamePart, Search, keys_of, search


@dataclass(frozen=True)
class Somebody:
    name: str

    @property
    def spelled(self) -> tuple[str, str]:
        first, _, last = self.name.partition(" ")
        return keys_of(first), keys_of(last)


PEOPLE = [
    Somebody("Lisa Jansen"),
    Somebody("Wei Li"),
    Somebody("Anne Lindqvist"),
    Somebody("Zoë Müller"),
    Somebody("Jan O'Brien"),
]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Li", "54"),
        ("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999"),
        ("André", "26373"),
        ("Zoë", "963"),
        ("Müller", "685537"),
        ("Weiß", "93477"),
        ("Øster-Ågård", "6783724273"),
        ("Łukasz Đurić", "585279387" + "42"),
        ("O'Brien", "627436"),
        ("van der Berg", "8263372374"),
        ("Smith 2nd", "7648463"),
        ("李", ""),
        ("", ""),
    ],
)
def test_names_on_the_keypad(name: str, keys: str) -> None:
    assert keys_of(name) == keys


@pytest.mark.parametrize(
    ("part", "typed", "ended", "state", "names"),
    [
        # Fewer than three keys say nothing yet.
        (NamePart.LAST, "", False, Search.MORE, []),
        (NamePart.LAST, "54", False, Search.MORE, []),
        (NamePart.LAST, "54", True, Search.NOBODY, []),
        (NamePart.LAST, "", True, Search.NOBODY, []),
        # Li is 540: 0 and 1 count, and are ignored.
        (NamePart.LAST, "540", False, Search.MORE, ["Wei Li", "Anne Lindqvist"]),
        (NamePart.LAST, "541", True, Search.CHOOSE, ["Wei Li", "Anne Lindqvist"]),
        (NamePart.LAST, "504", True, Search.CHOOSE, ["Wei Li", "Anne Lindqvist"]),
        (NamePart.LAST, "000", False, Search.NOBODY, []),
        # Each key narrows down.
        (NamePart.LAST, "546", False, Search.FOUND, ["Anne Lindqvist"]),
        (NamePart.LAST, "5469", False, Search.NOBODY, []),
        (NamePart.LAST, "685", False, Search.FOUND, ["Zoë Müller"]),
        (NamePart.LAST, "627", False, Search.FOUND, ["Jan O'Brien"]),
        (NamePart.LAST, "999", False, Search.NOBODY, []),
        # First name, last name, either.
        (NamePart.LAST, "547", False, Search.NOBODY, []),
        (NamePart.FIRST, "547", False, Search.FOUND, ["Lisa Jansen"]),
        (NamePart.FIRST, "526", True, Search.FOUND, ["Jan O'Brien"]),
        (NamePart.EITHER, "526", True, Search.CHOOSE, ["Jan O'Brien", "Lisa Jansen"]),
        (NamePart.EITHER, "540", True, Search.CHOOSE, ["Wei Li", "Lisa Jansen", "Anne Lindqvist"]),
    ],
)
def test_search(part: NamePart, typed: str, ended: bool, state: Search, names: list[str]) -> None:
    found_state, found = search(PEOPLE, part, typed, ended=ended)
    assert found_state is state
    assert [each.name for each in found] == names


@settings(deadline=None)
@given(st.text("0123456789", max_size=9), st.sampled_from(NamePart))
def test_an_end_always_decides_and_more_keys_never_find_more(typed: str, part: NamePart) -> None:
    state, found = search(PEOPLE, part, typed, ended=True)
    assert state is not Search.MORE
    assert (state is Search.NOBODY) == (not found)
    # Keys without letters find nobody, so nobody gets as far as a key behind them.
    if len(typed) >= LEAST_KEYS and typed.strip("01"):
        _, fewer = search(PEOPLE, part, f"{typed}2", ended=True)
        assert {each.name for each in fewer} <= {each.name for each in found}
