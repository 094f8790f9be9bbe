"""Fixtures of the tests of the REST API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.rest import Rest, World, make_world, serving_copy


@pytest_asyncio.fixture
async def rest(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Rest]:
    """The application over an empty database of its own."""
    async with serving_copy(sqlite_template, tmp_path) as rest:
        yield rest


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Resellers, customers and people of all roles, shared by the tests of a file."""
    async with serving_copy(sqlite_template, tmp_path_factory.mktemp("world")) as rest:
        yield await make_world(rest)
