"""`python -m tests.load [NAME...]`: measure, print, and write `docs/measurements.*`."""

import sys
from collections.abc import Sequence

from orchestrator.logs import set_up_logs
from orchestrator.settings import LogFormat
from tests.load import bars
from tests.load.installation import NotMeasurable
from tests.load.parts import PARTS
from tests.load.sipp import LoadFailed
from tests.scheduling import by_process


def main(names: Sequence[str]) -> int:
    """Measure the parts `names`, or all but the longest. 0 when every bar of these is met, 2 for a
    wrong name."""
    known = [part.name for part in PARTS]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    set_up_logs("warning", LogFormat.CONSOLE)
    missed = False
    chosen = [part for part in PARTS if (part.name in names if names else not part.by_name_only)]
    for part in chosen:
        try:
            found = bars.entries(part.run())
        except (NotMeasurable, LoadFailed) as error:
            print(f"{part.name}: {error}", file=sys.stderr)
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
