"""A small installation at rest, and how soon it serves after a start."""

from collections.abc import Mapping

from tests.load.installation import SETTLING_SECONDS, Installation, NotMeasurable, installed
from tests.load.measures import NOTHING, Measure
from tests.load.processes import proportional_megabytes
from tests.load.sipp import listens, register
from tests.phones.ports import free_udp_port

IDLE = (
    Measure(
        "idle.orchestrator_mb",
        "MB",
        "<= 120",
        NOTHING,
        "PSS (own pages and its share of shared ones) with 100 devices registered, no calls.",
    ),
    Measure("idle.asterisk_mb", "MB", "<= 120", NOTHING, "the same for Asterisk."),
    Measure(
        "idle.orchestrator_cpu_percent",
        "%",
        "",
        NOTHING,
        "of one core, over five seconds in which nothing happens.",
    ),
    Measure("idle.asterisk_cpu_percent", "%", "", NOTHING, "the same for Asterisk."),
)
START = (
    Measure(
        "start.first_registration_seconds",
        "s",
        "<= 8",
        NOTHING,
        "from the start of the command to the first registration that succeeds, Asterisk being "
        "started too; the second start of an installation with 100 devices.",
    ),
)

DEVICES = 100
_REST_SECONDS = 5.0


def measure_idle() -> Mapping[str, float]:
    """Values of `idle.*`."""
    with installed(DEVICES) as installation:
        installation.start()
        register(installation.home / "sipp", installation.sip, installation.phones, free_udp_port())
        installation.idle(SETTLING_SECONDS)
        usage = installation.idle(_REST_SECONDS)
        return {
            "idle.orchestrator_mb": proportional_megabytes(installation.orchestrator),
            "idle.asterisk_mb": proportional_megabytes(installation.asterisk),
            "idle.orchestrator_cpu_percent": 100 * usage.orchestrator / usage.seconds,
            "idle.asterisk_cpu_percent": 100 * usage.asterisk / usage.seconds,
        }


def measure_start() -> Mapping[str, float]:
    """Values of `start.*`."""
    with installed(DEVICES) as installation:
        installation.start()
        installation.stop()
        installation.launch()
        return {"start.first_registration_seconds": _until_registered(installation)}


def _until_registered(installation: Installation) -> float:
    """Seconds from the launch to the first registration that succeeds.

    A phone would send its request again after half a second, a second, two; this one waits
    until somebody listens, so that its pauses are not measured.
    """
    folder, port = installation.home / "sipp", free_udp_port()
    installation.until("SIP", lambda: True if listens(installation.sip) else None)
    counted = register(folder, installation.sip, installation.phones[:1], port)
    if counted.good != 1:
        raise NotMeasurable("the first registration was refused")
    return installation.age
