"""Registrations through the SQL views, at the most devices that one cell is made for."""

from collections.abc import Mapping

from tests.load.installation import installed
from tests.load.measures import NOTHING, Measure
from tests.load.processes import proportional_megabytes
from tests.load.sipp import register
from tests.phones.ports import free_udp_port

REGISTRATIONS = (
    Measure(
        "registrations.per_second",
        "1/s",
        ">= 300",
        NOTHING,
        "3,000 devices register through the SQL views, with digest authentication, at most 50 "
        "at a time; then all of them once more, which is what is counted.",
    ),
    Measure(
        "registrations.failed",
        "",
        "== 0",
        NOTHING,
        "registrations, of those 6,000, that were refused or got no answer.",
    ),
    Measure("registrations.asterisk_cpu_ms", "ms", "", NOTHING, "Asterisk per registration."),
    Measure(
        "registrations.boot_seconds",
        "s",
        "",
        NOTHING,
        "from the start of the orchestrator to the connection with an Asterisk that has booted, "
        "with 3,000 devices, the schema being there.",
    ),
    Measure(
        "registrations.orchestrator_mb",
        "MB",
        "",
        NOTHING,
        "PSS of the orchestrator with 3,000 devices, all registered.",
    ),
    Measure("registrations.asterisk_mb", "MB", "", NOTHING, "PSS of Asterisk then."),
)

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
