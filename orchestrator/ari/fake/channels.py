"""Channels, as the fake has them."""

import msgspec

from orchestrator.ari.echoes import QUESTION
from orchestrator.ari.fake.rest import (
    Given,
    Handler,
    Ids,
    Refused,
    Routes,
    any_channel,
    free_channel,
    our_channel,
)
from orchestrator.ari.fake.world import NORMAL, UNREACHABLE, FakeChannel, FakePhone, FakeWorld
from orchestrator.ari.messages import CallerId, Channel, Dialplan

_TRANSFER_STATES = frozenset(
    ["channel_progress", "channel_answered", "channel_unavailable", "channel_declined"]
)


def _channels(world: FakeWorld, ids: Ids, given: Given) -> list[Channel]:
    return [channel.model() for channel in world.channels.values()]


def _channel(world: FakeWorld, ids: Ids, given: Given) -> Channel:
    return any_channel(world, ids[0]).model()


def _new(world: FakeWorld, given: Given) -> tuple[FakeChannel, FakePhone]:
    """A channel to a phone that is there. `PJSIP/number@trunk` reaches `PJSIP/trunk`."""
    endpoint: str = given["endpoint"]
    tech, _, resource = endpoint.partition("/")
    phone = world.phones.get(f"{tech}/{resource.rpartition('@')[2]}")
    if given["channelId"] in world.channels:
        raise Refused(409, "Channel with given unique ID already exists")
    if phone is None:
        raise Refused(500, "Allocation failed", key="error")
    channel = world.add(given["channelId"], f"{tech}/{resource.rpartition('@')[2]}", "Down")
    channel.originated = True
    channel.dialed = endpoint
    channel.variables.update(given.get("variables", {}))
    channel.args = tuple(filter(None, given.get("appArgs", "").split(",")))
    name, _, number = given.get("callerId", "").rpartition("<")
    channel.caller = CallerId(name.strip().strip('"'), number.rstrip(">"))
    channel.connected = channel.caller
    return channel, phone


def _originate(world: FakeWorld, ids: Ids, given: Given) -> Channel:
    channel, phone = _new(world, given)
    answer = channel.model()
    world.call(channel, phone, given.get("timeout", 30))
    return answer


def _create(world: FakeWorld, ids: Ids, given: Given) -> Channel:
    channel, _ = _new(world, given)
    answer = channel.model()
    world.enter(channel)
    return answer


def _dial(world: FakeWorld, ids: Ids, given: Given) -> None:
    channel = our_channel(world, ids[0])
    if channel.state != "Down":
        raise Refused(409, "Channel is not in the down state")
    tech, _, resource = channel.dialed.partition("/")
    phone = world.phones.get(f"{tech}/{resource.rpartition('@')[2]}")
    if phone is None:
        world.end(channel, UNREACHABLE)
    else:
        world.call(channel, phone, given.get("timeout", 0))


def _hangup(world: FakeWorld, ids: Ids, given: Given) -> None:
    world.end(any_channel(world, ids[0]), int(given.get("reason_code", NORMAL)))


def _continue(world: FakeWorld, ids: Ids, given: Given) -> None:
    channel = our_channel(world, ids[0])
    world.unbridge(channel)
    world.leave(channel)
    channel.dialplan = Dialplan(given["context"], given["extension"], given["priority"])


def _answer(world: FakeWorld, ids: Ids, given: Given) -> None:
    world.set_state(free_channel(world, ids[0]), "Up")


def _marks(attribute: str, value: object) -> Handler:
    """A handler that only notes something on the channel."""

    def mark(world: FakeWorld, ids: Ids, given: Given) -> None:
        setattr(our_channel(world, ids[0]), attribute, value)

    return mark


def _music(world: FakeWorld, ids: Ids, given: Given) -> None:
    our_channel(world, ids[0]).music = given.get("mohClass", "default")


def _mute(world: FakeWorld, ids: Ids, given: Given) -> None:
    if given["direction"] not in {"in", "out", "both"}:
        raise Refused(400, "Invalid direction specified")
    our_channel(world, ids[0]).muted = given["direction"]


def _dtmf(world: FakeWorld, ids: Ids, given: Given) -> None:
    our_channel(world, ids[0]).dtmf += given["dtmf"]


def _snoop(world: FakeWorld, ids: Ids, given: Given) -> Channel:
    """It lives as long as the channel that it hears."""
    spied = any_channel(world, ids[0])
    if {given["spy"], given["whisper"]} - {"none", "in", "out", "both"}:
        raise Refused(400, "Invalid direction specified for spy")
    if ids[1] in world.channels:
        raise Refused(500, "Snoop channel could not be created", key="error")
    snoop = world.add(ids[1], f"Snoop/{spied.id}", "Up")
    snoop.variables.update(spy=given["spy"], whisper=given["whisper"])
    spied.snoops.append(snoop.id)
    answer = snoop.model()
    world.enter(snoop)
    return answer


def _transfer_progress(world: FakeWorld, ids: Ids, given: Given) -> None:
    channel = our_channel(world, ids[0])
    if given["states"] not in _TRANSFER_STATES:
        raise Refused(400, "Invalid states value")
    if channel.asking:
        raise Refused(500, "This ends a real Asterisk: it is not through with the REFER")
    channel.transfer.append(given["states"])
    if channel.asked is not None:
        ended = given["states"] in {"channel_unavailable", "channel_declined"}
        state = "channel_declined" if ended else given["states"]
        world.emit(msgspec.structs.replace(channel.asked, state=state))


def _variable(world: FakeWorld, ids: Ids, given: Given) -> object:
    channel = any_channel(world, ids[0])
    if given["variable"] == QUESTION:
        channel.asking = False
        return {"value": channel.name.partition("/")[2].rpartition("-")[0]}
    if given["variable"] not in channel.variables:
        raise Refused(404, "Provided variable was not found")
    return {"value": channel.variables[given["variable"]]}


def _set_variable(world: FakeWorld, ids: Ids, given: Given) -> None:
    free_channel(world, ids[0]).variables[given["variable"]] = given["value"]


def _set_variables(world: FakeWorld, ids: Ids, given: Given) -> None:
    free_channel(world, ids[0]).variables.update(given["variables"])


ROUTES: Routes = {
    ("GET", "channels"): _channels,
    ("POST", "channels"): _originate,
    ("POST", "channels/create"): _create,
    ("POST", "channels/*/dial"): _dial,
    ("GET", "channels/*"): _channel,
    ("DELETE", "channels/*"): _hangup,
    ("POST", "channels/*/continue"): _continue,
    ("POST", "channels/*/answer"): _answer,
    ("POST", "channels/*/ring"): _marks("rung", True),
    ("DELETE", "channels/*/ring"): _marks("rung", False),
    ("POST", "channels/*/progress"): _marks("early_media", True),
    ("POST", "channels/*/hold"): _marks("held", True),
    ("DELETE", "channels/*/hold"): _marks("held", False),
    ("POST", "channels/*/moh"): _music,
    ("DELETE", "channels/*/moh"): _marks("music", ""),
    ("POST", "channels/*/silence"): _marks("silent", True),
    ("POST", "channels/*/mute"): _mute,
    ("DELETE", "channels/*/mute"): _marks("muted", ""),
    ("POST", "channels/*/dtmf"): _dtmf,
    ("POST", "channels/*/snoop/*"): _snoop,
    ("POST", "channels/*/transfer_progress"): _transfer_progress,
    ("GET", "channels/*/variable"): _variable,
    ("POST", "channels/*/variable"): _set_variable,
    ("POST", "channels/*/variables"): _set_variables,
}
