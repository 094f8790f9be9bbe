"""Whose registration is ended, and that nobody lists them beside another."""

import asyncio
from typing import cast

import pytest

from orchestrator.asterisk.ami import AmiClient, AmiUnreachable, Registration
from orchestrator.asterisk.registrations import Registrations


class Asterisk:
    """What Asterisk does with registrations: it keeps what it once had, listed or not."""

    def __init__(self, *table: str) -> None:
        self.table = list(table)
        self.done: list[str] = []
        self.listing = 0
        self.broken = False

    async def registrations(self) -> list[Registration]:
        assert self.listing == 0, "two lists at once: Asterisk would use memory that it freed"
        self.listing += 1
        await asyncio.sleep(0)
        self.listing -= 1
        if self.broken:
            raise AmiUnreachable("no answer")
        return [Registration(name, "sip:provider", "Registered", 1) for name in self.table]

    async def unregister(self, endpoint: str) -> None:
        self.done.append(f"end {endpoint}")

    async def register(self, endpoint: str) -> None:
        self.done.append(f"begin {endpoint}")


def ami(asterisk: Asterisk) -> AmiClient:
    return cast(AmiClient, asterisk)


async def test_what_is_in_neither_the_table_nor_the_plan_is_ended_once() -> None:
    asterisk, registrations = Asterisk("one", "two"), Registrations()
    assert not registrations.any
    found = await registrations.read(ami(asterisk), {"one", "two"})
    assert [each.endpoint for each in found] == ["one", "two"]
    assert registrations.any
    asterisk.table.remove("two")
    for _ in range(2):
        await registrations.read(ami(asterisk), {"one"})
    assert asterisk.done == ["end two"]


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        pytest.param(["one"], set(), id="the plan does not know it yet"),
        pytest.param([], {"one"}, id="the table cannot be read, or the plan is behind"),
    ],
)
async def test_what_one_of_the_two_still_has_is_left_alone(
    table: list[str], wanted: set[str]
) -> None:
    asterisk, registrations = Asterisk("one"), Registrations()
    await registrations.read(ami(asterisk), {"one"})
    asterisk.table = table
    await registrations.read(ami(asterisk), wanted)
    assert asterisk.done == []


async def test_what_comes_back_begins_again() -> None:
    asterisk, registrations = Asterisk("one"), Registrations()
    await registrations.read(ami(asterisk), {"one"})
    asterisk.table = []
    await registrations.read(ami(asterisk), set())
    assert not registrations.any
    asterisk.table = ["one"]
    for _ in range(2):
        await registrations.read(ami(asterisk), {"one"})
    assert asterisk.done == ["end one", "begin one"]


async def test_nobody_lists_beside_another_and_a_failure_frees_the_turn() -> None:
    asterisk, registrations = Asterisk("one"), Registrations()
    await asyncio.gather(*(registrations.read(ami(asterisk), {"one"}) for _ in range(5)))
    asterisk.broken = True
    with pytest.raises(AmiUnreachable):
        await registrations.read(ami(asterisk), {"one"})
    asterisk.broken = False
    assert len(await registrations.read(ami(asterisk), {"one"})) == 1
