"""What a trunk's call says of itself: who calls, and which number was called. Pure.

The dialplan hands over, behind the name of our application, whether the caller withholds the
number and, for trunks that need them, the headers To, P-Asserted-Identity and Remote-Party-ID
(`asterisk_conf/extensions.conf.j2`). They stay with the channel, so an adopted call has them too.
"""

import base64
from dataclasses import dataclass

from orchestrator.ari.messages import Channel
from orchestrator.routing.inbound import shown_number
from orchestrator.routing.outside_lines import TrunkLine
from orchestrator.routing.plan import TenantPlan
from orchestrator.trunks.headers import Party, party
from orchestrator.trunks.rules import CalledFrom, CallerFrom

WITHHELD = Party("anonymous", "Anonymous")


@dataclass(frozen=True, slots=True)
class Told:
    """What the dialplan handed over; "" for a header that is not there or was not read."""

    presentation: str = ""
    to: str = ""
    asserted: str = ""
    remote: str = ""

    @property
    def withheld(self) -> bool:
        return self.presentation.startswith("prohib")


def told(channel: Channel) -> Told:
    """Read the arguments of our application; anything else gives nothing."""
    _, presentation, *headers = (*channel.dialplan.app_data.split(","), "", "")
    plain = [_decoded(header) for header in headers[:3]]
    return Told(presentation, *plain)


def _decoded(text: str) -> str:
    """A header without the mark in front of it."""
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")[1:]
    except ValueError:
        return ""


def called_number(trunk: TrunkLine, channel: Channel) -> str:
    """The number that was called, as the provider sent it: that of To when the trunk says so."""
    if trunk.called_from is CalledFrom.TO:
        named = party(told(channel).to)
        if named is not None:
            return named.number
    return channel.dialplan.exten


def calling_party(tenant: TenantPlan, trunk: TrunkLine, channel: Channel) -> Party:
    """Who calls, as it is shown: from the header the trunk says, without what is withheld,
    rewritten and normalised."""
    said = told(channel)
    if said.withheld:
        return WITHHELD
    header = {CallerFrom.PAI: said.asserted, CallerFrom.RPID: said.remote}.get(trunk.caller_from)
    plain = Party(channel.caller.number, channel.caller.name)
    found = (party(header) if header else None) or plain
    return Party(shown_number(tenant, trunk, found.number), found.name or plain.name)
