"""Fixtures of the contract tests of the API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.rest import Rest, World, make_world, migrated_file, serving_copy
