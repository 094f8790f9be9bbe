"""Registrations through the SQL views, at the most devices that one cell is made for."""

from collections.abc import Mapping

from tests.load.installation import installed
from tests.load.processes import proportional_megabytes
from tests.load.sipp import register
from tests.phones.ports import free_udp_port

DEVICES = 3000
_IDLE_SECONDS = 3.0


def measure_registrations() -> Mapping[str, float]:
    """Values of `registrations.*`."""
    with installed(DEVICES) as installation:
        installation.start()
        boot = installation.age
        folder, port = installation.home / "sipp", free_udp_port()
        idle = installation.idle(_IDLE_SECONDS)
        first = register(folder, installation.sip, installation.phones, port)
        meter = installation.meter()
        again = register(folder, installation.sip, installation.phones, port)
        usage = meter.read().beyond(idle)
        return {
            "registrations.per_second": again.good / again.seconds,
            "registrations.failed": 2 * DEVICES - first.good - again.good,
            "registrations.asterisk_cpu_ms": 1000 * usage.asterisk / DEVICES,
            "registrations.boot_seconds": boot,
            "registrations.orchestrator_mb": proportional_megabytes(installation.orchestrator),
            "registrations.asterisk_mb": proportional_megabytes(installation.asterisk),
        }
