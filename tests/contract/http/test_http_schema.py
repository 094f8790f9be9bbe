"""The OpenAPI document against the application: schemathesis asks what it allows and forbids."""

import asyncio
import os
import sys
from pathlib import Path

from tests.rest import World

EXAMPLES = 3
BUDGET = 40
SECONDS = 120
"""Schemathesis ends its run after BUDGET seconds; a busy machine may need more to begin and end."""


async def test_schemathesis_finds_nothing(world: World, tmp_path: Path) -> None:
    """As an operator, in a tenant of its own; sign-in routes are left out: they end the session."""
    report = tmp_path / "report.txt"
    url = world.rest.http.make_url("/")
    with report.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).parent / "schemathesis"), "--no-color", "run"),
            f"{url}api/openapi.json",
            *("--url", f"{url}api/v1"),
            *("--header", f"Authorization: Bearer {world.tokens['platform']}"),
            *("--max-time", str(BUDGET)),
            *("--max-examples", str(EXAMPLES), "--seed", "1", "--generation-database", "none"),
            *("--phases", "examples,coverage,fuzzing", "--workers", "1"),
            *("--exclude-path-regex", "sign-|oauth|password|totp"),
            # What refers to other objects can be valid for the document and still be refused.
            *("--exclude-checks", "positive_data_acceptance"),
            *("--request-timeout", "20"),
            cwd=tmp_path,
            stdout=output,
            stderr=output,
            env={**os.environ, "NO_COLOR": "1"},
        )
        async with asyncio.timeout(SECONDS):
            code = await process.wait()
    assert code == 0, report.read_text()[-12_000:]
