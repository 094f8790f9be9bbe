"""Which outbound rule takes a number, and how the number leaves. Pure."""

from collections.abc import Sequence

from orchestrator.routing.plan import OutboundRuleLine


def outbound(rules: Sequence[OutboundRuleLine], number: str) -> OutboundRuleLine | None:
    """The first rule, in order of position, that takes `number`; no later one is tried."""
    for rule in rules:
        if takes(rule, number):
            return rule
    return None


def takes(rule: OutboundRuleLine, number: str) -> bool:
    """Whether prefix and length both fit; a leading `+` counts as a digit of the prefix only."""
    if not number.startswith(rule.prefix):
        return False
    length = len(number.removeprefix("+"))
    if length < rule.min_length:
        return False
    return not rule.max_length or length <= rule.max_length


def reformat(rule: OutboundRuleLine, number: str) -> str:
    """The number as the trunk gets it: `strip` characters off the front, then `prepend`."""
    return rule.prepend + number[rule.strip :]
