"""`python -m tests.load [NAME...]`: measure, print, and write `docs/measurements.*`."""

import sys
from collections.abc import Callable, Mapping, Sequence

from orchestrator.logs import set_up_logs
from orchestrator.settings import LogFormat
from tests.load import bars
from tests.load.calls import measure_calls, measure_queue
from tests.load.hangups import measure_hangups
from tests.load.idle import measure_idle, measure_start
from tests.load.installation import NotMeasurable
from tests.load.ivr import measure_ivr
from tests.load.paging import measure_paging
from tests.load.recovery import measure_recovery
from tests.load.registrations import measure_registrations
from tests.load.routing import measure_routing
from tests.load.sipp import LoadFailed
from tests.load.steadiness import measure_steadiness
from tests.scheduling import by_process

PARTS: Mapping[str, Callable[[], Mapping[str, float]]] = {
    "calls": measure_calls,
    "queue": measure_queue,
    "registrations": measure_registrations,
    "idle": measure_idle,
    "start": measure_start,
    "recovery": measure_recovery,
    "routing": measure_routing,
    "paging": measure_paging,
    "ivr": measure_ivr,
    "hangups": measure_hangups,
    "steadiness": measure_steadiness,
}
_BY_NAME_ONLY = {"steadiness"}
"""What takes too long to be measured each time."""


def main(names: Sequence[str]) -> int:
    """Measure the parts `names`, or all but the longest. 0 when every bar of these is met, 2 for a
    wrong name."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"There is no {', '.join(unknown)}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    set_up_logs("warning", LogFormat.CONSOLE)
    missed = False
    for name in names or [part for part in PARTS if part not in _BY_NAME_ONLY]:
        try:
            found = bars.entries(PARTS[name]())
        except (NotMeasurable, LoadFailed) as error:
            print(f"{name}: {error}", file=sys.stderr)
            missed = True
            continue
        bars.write(found)
        for entry in found:
            mark = {True: "ok  ", False: "MISS", None: "    "}[entry.ok]
            print(f"{mark} {entry.id:34} {bars.shown(entry):>14}  {entry.bar}", flush=True)
        missed |= any(entry.ok is False for entry in found)
    return 1 if missed else 0


if __name__ == "__main__":
    with by_process():
        sys.exit(main(sys.argv[1:]))
