"""The embedded Asterisk: started, watched, adopted, stopped."""

import asyncio
import contextlib
from collections.abc import Collection
from pathlib import Path

import aiohttp
import structlog

from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.ami import AmiClient, AmiError
from orchestrator.asterisk.fetch import AsteriskBinary
from orchestrator.asterisk.hints import write_hints
from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.ports import Ports, choose_ports
from orchestrator.asterisk.process import (
    AsteriskProcess,
    bound_output,
    find_running,
    last_lines,
    launch,
)
from orchestrator.asterisk.render import credentials_of, render
from orchestrator.errors import Misconfigured, Unavailable
from orchestrator.settings import Settings

log = structlog.get_logger(__name__)

# Cells of 10,000 devices take 13 s to start, on slow machines several times that.
_READY_SECONDS = 120.0
_STOP_SECONDS = 10.0
_ATTEMPT_SECONDS = 5.0
_POLL_SECONDS = 0.05
_HOUSEKEEPING_SECONDS = 30.0
# Seconds between a crash and the next start; the last holds on. A minute of health resets it.
_BACK_OFF = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
_HEALTHY_SECONDS = 60.0

# What a change of a file asks for, while calls go on: the module to reload. The others are
# read at the start of Asterisk only.
_RELOADS = {
    "pjsip.conf": "res_pjsip",
    "extensions.conf": "pbx_config",
    "musiconhold.conf": "res_musiconhold",
    "rtp.conf": "res_rtp_asterisk",
    "http.conf": "http",
    "logger.conf": "logger",
    "ari.conf": "res_ari",
    "indications.conf": "indications",
    "pjsip_notify.conf": "res_pjsip_notify",
}


class EmbeddedAsterisk:
    """One Asterisk of our own.

    `start()` returns when it is ready; `run()` then watches it until cancelled, and starts it
    again when it crashes. Leaving without `stop()` leaves Asterisk and its calls alone; the
    next `start()` in the same home adopts it.
    """

    def __init__(
        self, settings: Settings, binary: AsteriskBinary, *, native_queue: bool = False
    ) -> None:
        self._settings = settings
        self._binary = binary
        self._native_queue = native_queue
        self._layout = Layout.of(settings.home)
        self._process: AsteriskProcess | None = None
        self._stopping = asyncio.Event()
        self.adopted = False
        self.restarts = 0

    @property
    def layout(self) -> Layout:
        return self._layout

    @property
    def packs(self) -> dict[str, Path]:
        """Language -> folder of the sounds of its package."""
        return dict(self._binary.languages)

    @property
    def pid(self) -> int:
        """The process id. Raises `Unavailable` before `start()`."""
        return self._running().pid

    @property
    def address(self) -> AsteriskAddress:
        """Where to reach it. Raises `Unavailable` before `start()`."""
        return AsteriskAddress(
            self._settings.asterisk_http_host,
            self._running().ports,
            credentials_of(self._settings),
        )

    async def start(self) -> None:
        """Adopt the Asterisk of this home that still runs, else start one; wait until ready.

        Raises `Misconfigured` with what Asterisk last said when it does not come up.
        """
        self._stopping.clear()
        self._layout.make()
        running = find_running(self._layout)
        if running is None:
            await self._launch(await asyncio.to_thread(choose_ports, self._settings))
            return
        self._process = running
        self.adopted = True
        changed = await asyncio.to_thread(self._render, running.ports)
        log.info("asterisk adopted", pid=running.pid)
        await self._ready(running)
        await self._reload(changed)

    def keep_hints(self, slugs: Collection[str]) -> None:
        """Let phones of these tenants subscribe after the next start too; see `hints.py`."""
        write_hints(self._layout, slugs)

    async def run(self) -> None:
        """Watch until cancelled: start again after a crash, keep the output file bounded."""
        failures = 0
        loop = asyncio.get_running_loop()
        process = self._running()
        while True:
            started = loop.time()
            await self._watch(process)
            if self._stopping.is_set():
                return
            if loop.time() - started >= _HEALTHY_SECONDS:
                failures = 0
            pause = _BACK_OFF[min(failures, len(_BACK_OFF) - 1)]
            log.error(
                "asterisk ended",
                pid=process.pid,
                status=process.exit_status(),
                restart_in=pause,
                output=last_lines(self._layout.output),
            )
            failures += 1
            await asyncio.sleep(pause)
            if self._stopping.is_set():
                return
            self.restarts += 1
            try:
                # The same ports: phones and the ARI client come back to them.
                process = await self._launch(process.ports)
            except Unavailable as error:
                log.error("asterisk does not start", reason=error.message)

    async def stop(self, patience: float = _STOP_SECONDS) -> None:
        """End Asterisk and with it all calls; killed when it takes more than `patience` seconds."""
        self._stopping.set()
        process, self._process = self._process, None
        if process is not None:
            await process.stop(patience)
            self._layout.process.unlink(missing_ok=True)

    async def command(self, line: str) -> str:
        """Run one line of Asterisk's command line and return what it prints.

        Raises `Unavailable` when Asterisk does not take it.
        """
        child = await asyncio.create_subprocess_exec(
            *self._binary.argv,
            "-n",
            "-C",
            str(self._layout.config),
            "-rx",
            line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            output, _ = await asyncio.wait_for(child.communicate(), _READY_SECONDS)
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            raise Unavailable("Asterisk does not take commands")
        return output.decode(errors="replace")

    def _running(self) -> AsteriskProcess:
        if self._process is None:
            raise Unavailable("Asterisk is not started")
        return self._process

    def _render(self, ports: Ports) -> frozenset[str]:
        return render(self._settings, self._binary, ports, native_queue=self._native_queue)

    async def _launch(self, ports: Ports) -> AsteriskProcess:
        await asyncio.to_thread(self._render, ports)
        if self._stopping.is_set():
            raise Unavailable("Asterisk is being stopped")
        process = launch(self._binary.argv, self._layout, ports)
        self._process = process
        self.adopted = False
        ready = False
        try:
            await self._ready(process)
            ready = True
        finally:
            if not ready:
                # Nobody is to adopt an Asterisk that never came up.
                await process.stop(_STOP_SECONDS)
        log.info("asterisk started", pid=process.pid, version=str(self._binary.version))
        return process

    async def _ready(self, process: AsteriskProcess) -> None:
        """Wait until every module is loaded and ARI answers."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while not (await self._booted() and await self._answers(process.ports)):
                    if not process.alive():
                        # Its last threads may still be ending: only then does it have a status.
                        await process.ended()
                        raise Misconfigured(
                            f"Asterisk ended at its start ({process.exit_status()}): "
                            f"{last_lines(self._layout.output)}"
                        )
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise Misconfigured(
                f"Asterisk is not ready after {_READY_SECONDS:.0f} s: "
                f"{last_lines(self._layout.output)}"
            ) from None

    async def _booted(self) -> bool:
        if not self._layout.control.exists():
            return False
        try:
            return "fully booted" in await self.command("core waitfullybooted")
        except Unavailable:
            return False

    async def _answers(self, ports: Ports) -> bool:
        """Does ARI answer? For a moment after the start it refuses with 503.

        Raises `Misconfigured` when something else answers on its port.
        """
        host, who = self._settings.asterisk_http_host, credentials_of(self._settings)
        url = AsteriskAddress(host, ports, who).base_url
        headers = {"Authorization": aiohttp.encode_basic_auth(who.ari_user, who.ari_password)}
        timeout = aiohttp.ClientTimeout(total=_ATTEMPT_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
                session.get(f"{url}/ari/asterisk/ping") as response,
            ):
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            return False
        if status not in (200, 503):
            raise Misconfigured(
                f"{url} answers with status {status} and is not our ARI: "
                "is asterisk_http_port free?"
            )
        return status == 200

    async def _watch(self, process: AsteriskProcess) -> None:
        """Return when the process has ended."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_HOUSEKEEPING_SECONDS):
                    await process.ended()
                    return
            await asyncio.to_thread(bound_output, self._layout)

    async def _reload(self, changed: frozenset[str]) -> None:
        """Bring an adopted Asterisk up to date without touching its calls."""
        modules = sorted({_RELOADS[name] for name in changed if name in _RELOADS})
        if modules:
            async with AmiClient.connect(self.address) as ami:
                for module in modules:
                    try:
                        await ami.reload(module)
                    except AmiError as error:
                        log.error("asterisk reload failed", module=module, reason=error.message)
        if later := sorted(name for name in changed if name not in _RELOADS):
            log.warning("asterisk must be restarted for changed settings", files=later)
