"""What callers are being told at this moment: then a person presses a key."""

import asyncio

from orchestrator.calls.call import playback_of
from tests.asterisk.office import Office, until_found


async def until_told(office: Office, *prompts: str, seconds: float = 20.0) -> None:
    """Wait until somebody is being told one of `prompts` (names of sounds), or anything."""
    node = office.centrale.node
    wanted = {f"sound:{prompt}" for prompt in prompts}

    async def told() -> bool:
        playbacks = [
            node.ari.playback(playback_of(call.id, number))
            for call in node.registry.calls()
            for number in range(1, call._sequence + 1)
        ]
        found = [each.media_uri for each in await asyncio.gather(*playbacks) if each]
        return bool(wanted.intersection(found) if prompts else found)

    await until_found(told, seconds=seconds)
