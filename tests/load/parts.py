"""Every part of `make bench`, in the order in which they run and stand in the documents."""

from tests.load.calls import CALLS, QUEUE, measure_calls, measure_queue
from tests.load.hangups import HANGUPS, measure_hangups
from tests.load.idle import IDLE, START, measure_idle, measure_start
from tests.load.ivr import IVR, measure_ivr
from tests.load.measures import Part
from tests.load.paging import PAGING, measure_paging
from tests.load.recovery import RECOVERY, measure_recovery
from tests.load.registrations import REGISTRATIONS, measure_registrations
from tests.load.routing import ROUTING, measure_routing
from tests.load.steadiness import STEADINESS, measure_steadiness

PARTS = (
    Part("calls", CALLS, measure_calls),
    Part("queue", QUEUE, measure_queue),
    Part("registrations", REGISTRATIONS, measure_registrations),
    Part("idle", IDLE, measure_idle),
    Part("start", START, measure_start),
    Part("recovery", RECOVERY, measure_recovery),
    Part("routing", ROUTING, measure_routing),
    Part("paging", PAGING, measure_paging),
    Part("ivr", IVR, measure_ivr),
    Part("hangups", HANGUPS, measure_hangups),
    Part("steadiness", STEADINESS, measure_steadiness, by_name_only=True),
)
MEASURES = tuple(measure for part in PARTS for measure in part.measures)
