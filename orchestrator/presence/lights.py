"""Sets the lamps of phones: device states in Asterisk for the numbers that somebody watches.

    a leg, a status, the plan changes ──notice──> settle ──> states of the numbers concerned
    a full minute, an expiry          ──────────────┘            │ only those that differ
                                                                 v
                                                 device_states.py, a few at a time

What nobody watches is never set: a call of unwatched people costs a set entry, no request.
After a new connection, what Asterisk kept in its database is read and made equal to what is so.
"""

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice

import structlog

from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.ami import AmiError
from orchestrator.asterisk.device_states import DeviceStates, StateNotSet
from orchestrator.presence.keyboard import PREFIX, Keyboard
from orchestrator.presence.lookout import Lookout
from orchestrator.presence.notices import Changes, Ear, Notices
from orchestrator.presence.rules import Picture, State
from orchestrator.routing.plan import Plan

log = structlog.get_logger(__name__)

# A call that is answered changes several legs in the same moment: one state for all of it.
SETTLE_SECONDS = 0.03
RETRY_SECONDS = 1.0
AT_A_TIME = 10
TIME_PASSED = Changes(everything=True)


class Lights:
    """`run()` keeps the lamps of the node. `shown` is what Asterisk was told last."""

    def __init__(
        self,
        address: AsteriskAddress,
        lookout: Lookout,
        plan: Callable[[], Plan],
        picture: Callable[[], Picture],
        notices: Notices,
    ) -> None:
        self._address = address
        self._plan = plan
        self._picture = picture
        self._lookout = lookout
        self._ear: Ear = notices.subscribe()
        self._keyboard = Keyboard()
        self._renew = True
        self.shown: dict[str, str] = {}

    async def run(self) -> None:
        async with DeviceStates.connect(self._address) as devices:
            while True:
                await self._step(devices)

    async def _step(self, devices: DeviceStates) -> None:
        heard = await self._ear.wait(self._keyboard.seconds_until_next(self._picture()))
        await asyncio.sleep(SETTLE_SECONDS)
        changes = self._ear.take() if heard else TIME_PASSED
        try:
            await self._follow(devices, changes)
        except (StateNotSet, AmiError) as error:
            log.warning("lamps-not-set", error=str(error))
            self._renew = True
            self._ear.everything()
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, devices: DeviceStates, changes: Changes) -> None:
        """Make the lamps that `changes` may concern as they should be."""
        if changes.anew or self._renew:
            # Numbers that are not seen to be watched lose their state: look before that.
            self._lookout.look_anew()
            await self._read_back()
        watched = self._lookout.watched
        if watched is None:
            return
        self._keyboard.update(self._plan(), watched)
        states = self._keyboard.states(changes, self._picture())
        await self._set(devices, [(d, state) for d, state in states if self._now(d) != state])
        if changes.everything or changes.tenants:
            await self._drop(devices, self.shown.keys() - self._keyboard.devices())

    def _now(self, device: str) -> str:
        return self.shown.get(device, State.NOT_INUSE)

    async def _read_back(self) -> None:
        """What Asterisk shows at present: it keeps states in its database over restarts."""
        kept = await self._lookout.kept_states()
        self.shown = {f"{PREFIX}{name}": state for name, state in kept.items()}
        self._renew = False

    async def _set(self, devices: DeviceStates, states: Iterable[tuple[str, State]]) -> None:
        """A few at a time: what changes meanwhile is not far behind."""

        async def one(device: str, state: State) -> None:
            await devices.set(device, state)
            self.shown[device] = state

        ahead = iter(states)
        while batch := list(islice(ahead, AT_A_TIME)):
            done = await asyncio.gather(*(one(*each) for each in batch), return_exceptions=True)
            for error in done:
                if error is not None:
                    raise error

    async def _drop(self, devices: DeviceStates, names: Iterable[str]) -> None:
        """Forget states of numbers that mean nothing any more; their lamps go dark first."""
        gone = list(names)
        await self._set(devices, [(device, State.NOT_INUSE) for device in gone])
        for device in gone:
            await devices.delete(device)
            del self.shown[device]
