"""What a hot-desk phone may dial while nobody is logged in there, and what its code does. Pure.

112, 0112 (a prefix of habit)   emergency numbers
*77*, *77*EXTENSION*            log in
*77*5*                          log out: nothing to do, and said so
anything else                   refused by a spoken message: log in first
"""

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.hot_desks.rules import HotDeskLine
from orchestrator.options.rules import Code
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Decision, End, HotDesk
from orchestrator.routing.dial_codes import called, function_of
from orchestrator.routing.facts import Facts
from orchestrator.routing.outbound import emergency_behind, outbound
from orchestrator.routing.outside import emergency

NOT_LOGGED_IN = Verdict(Outcome.REFUSED, Reason.NOT_LOGGED_IN, Cause.REJECTED)
LOG_OUT = "5"
"""The extension whose place in the code means to log out."""


def from_unused(facts: Facts, desk: HotDeskLine, number: str) -> Decision:
    """The first step of a call by `desk`, at which nobody is logged in."""
    codes = facts.tenant.options.codes
    plain = called(codes, number).number
    if plain in facts.tenant.emergency_numbers:
        return emergency(facts, plain)
    rule = outbound(facts.tenant.outbound_rules, None, plain)
    if rule is not None and (meant := emergency_behind(facts, rule, plain)) is not None:
        return emergency(facts, meant)
    function = function_of(codes, number)
    if function is not None and function.code is Code.HOT_DESKING:
        return log_in_or_out(function.argument)
    facts.trace.note("hot desk", desk.name, "nobody is logged in")
    code = codes[Code.HOT_DESKING]
    return End(NOT_LOGGED_IN, (Phrase.LOG_IN_FIRST, *((f"digits:{code}",) if code else ())))


def log_in_or_out(argument: str) -> HotDesk:
    """What stands behind the code: nothing, or digits and a star."""
    number = argument.removesuffix("*")
    return HotDesk(out=True) if number == LOG_OUT else HotDesk(number)
