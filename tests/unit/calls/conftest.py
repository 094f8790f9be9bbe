"""One tenant on the fake Asterisk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.factories.plans import did, person, plan, rule, tenant, trunk
from tests.unit.calls.desk import Desk, at_desk


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """101 and 102 with a phone each, 103 with two, 104 with none; a trunk, a rule, a DID."""
    people = (person("101"), person("102"), person("103", devices=2), person("104", devices=0))
    acme = tenant(people, (trunk(),), dids=(did("+31201234567", "102"),), outbound_rules=(rule(),))
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones("u101x0", "u102x0", "u103x0", "u103x1")
        yield desk
