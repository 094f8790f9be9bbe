"""Bridges, and sound on channels and bridges, as the fake has them."""

from orchestrator.ari.fake.rest import Blocked, Given, Ids, Refused, Routes, a_bridge, our_channel
from orchestrator.ari.fake.world import FakeBridge, FakeChannel, FakePlayback, FakeWorld
from orchestrator.ari.messages import Bridge, LiveRecording, Playback


def _bridges(world: FakeWorld, ids: Ids, given: Given) -> list[Bridge]:
    return [bridge.model() for bridge in world.bridges.values()]


def _bridge(world: FakeWorld, ids: Ids, given: Given) -> Bridge:
    return a_bridge(world, ids[0]).model()


def _create(world: FakeWorld, ids: Ids, given: Given) -> Bridge:
    name = given["bridgeId"]
    if name in world.bridges:
        raise Refused(500, f"Unable to create bridge. Possible duplicate bridge id '{name}'")
    bridge = world.bridges[name] = FakeBridge(name, given.get("type", "mixing"))
    return bridge.model()


def _destroy(world: FakeWorld, ids: Ids, given: Given) -> None:
    world.destroy(a_bridge(world, ids[0]))


def _members(world: FakeWorld, given: Given) -> list[FakeChannel]:
    """The channels named; like the real one, it looks at all before it touches any."""
    found = []
    for name in given["channel"]:
        channel = world.channels.get(name)
        if channel is None:
            raise Refused(400, "Channel not found")
        if not channel.in_stasis:
            raise Refused(422, "Channel not in Stasis application")
        found.append(channel)
    if any(channel.occupied for channel in found):
        raise Blocked
    return found


def _add(world: FakeWorld, ids: Ids, given: Given) -> None:
    bridge = a_bridge(world, ids[0])
    for channel in _members(world, given):
        channel.muted = "in" if given.get("mute") else channel.muted
        world.join(
            bridge, channel, tell_identity=not given.get("inhibitConnectedLineUpdates", False)
        )


def _remove(world: FakeWorld, ids: Ids, given: Given) -> None:
    bridge = a_bridge(world, ids[0])
    members = _members(world, given)
    if any(channel.bridge != bridge.id for channel in members):
        raise Refused(422, "Channel not in this bridge")
    for channel in members:
        world.unbridge(channel)


def _play_on(world: FakeWorld, target: FakeChannel | FakeBridge, given: Given) -> Playback:
    kind = "channel" if isinstance(target, FakeChannel) else "bridge"
    media = given["media"]
    playback = FakePlayback(
        given["playbackId"], tuple(media), f"{kind}:{target.id}", given.get("lang", "")
    )
    world.play(target, playback)
    return playback.model("queued")


def _play(world: FakeWorld, ids: Ids, given: Given) -> Playback:
    return _play_on(world, our_channel(world, ids[0]), given)


def _play_bridge(world: FakeWorld, ids: Ids, given: Given) -> Playback:
    return _play_on(world, a_bridge(world, ids[0]), given)


def _show_playback(world: FakeWorld, ids: Ids, given: Given) -> Playback:
    found = world.find_playback(ids[0])
    if found is None:
        raise Refused(404, "Playback not found")
    return found[1].model("playing")


def _stop_playback(world: FakeWorld, ids: Ids, given: Given) -> None:
    found = world.find_playback(ids[0])
    if found is None:
        raise Refused(404, "Playback not found")
    world.finish(*found, "done")


def _music(world: FakeWorld, ids: Ids, given: Given) -> None:
    a_bridge(world, ids[0]).music = given.get("mohClass", "default")


def _stop_music(world: FakeWorld, ids: Ids, given: Given) -> None:
    bridge = a_bridge(world, ids[0])
    if not bridge.music:
        raise Refused(409, "Bridge isn't playing music")
    bridge.music = ""


def _record_on(target: FakeChannel | FakeBridge, given: Given) -> LiveRecording:
    if given["format"] not in {"wav", "sln", "ulaw", "alaw", "gsm"}:
        raise Refused(422, "specified format is unknown on this system")
    kind = "channel" if isinstance(target, FakeChannel) else "bridge"
    recording = LiveRecording(given["name"], given["format"], f"{kind}:{target.id}", "recording")
    target.recording.append(recording)
    return recording


def _record(world: FakeWorld, ids: Ids, given: Given) -> LiveRecording:
    channel = our_channel(world, ids[0])
    if channel.bridge:
        raise Refused(409, "Cannot record channel while in bridge")
    return _record_on(channel, given)


def _record_bridge(world: FakeWorld, ids: Ids, given: Given) -> LiveRecording:
    return _record_on(a_bridge(world, ids[0]), given)


def _show_recording(world: FakeWorld, ids: Ids, given: Given) -> LiveRecording:
    for target in world.targets():
        for recording in target.recording:
            if recording.name == ids[0]:
                return recording
    raise Refused(404, "Recording not found")


def _stop_recording(world: FakeWorld, ids: Ids, given: Given) -> None:
    for target in world.targets():
        for recording in tuple(target.recording):
            if recording.name == ids[0]:
                world.recorded(target, recording)
                return
    raise Refused(404, "Recording not found")


def _delete_recording(world: FakeWorld, ids: Ids, given: Given) -> None:
    if ids[0] not in world.stored:
        raise Refused(404, "Recording not found")
    world.stored.remove(ids[0])


ROUTES: Routes = {
    ("GET", "bridges"): _bridges,
    ("POST", "bridges"): _create,
    ("GET", "bridges/*"): _bridge,
    ("DELETE", "bridges/*"): _destroy,
    ("POST", "bridges/*/addChannel"): _add,
    ("POST", "bridges/*/removeChannel"): _remove,
    ("POST", "bridges/*/play"): _play_bridge,
    ("POST", "bridges/*/record"): _record_bridge,
    ("POST", "bridges/*/moh"): _music,
    ("DELETE", "bridges/*/moh"): _stop_music,
    ("POST", "channels/*/play"): _play,
    ("GET", "playbacks/*"): _show_playback,
    ("DELETE", "playbacks/*"): _stop_playback,
    ("POST", "channels/*/record"): _record,
    ("GET", "recordings/live/*"): _show_recording,
    ("POST", "recordings/live/*/stop"): _stop_recording,
    ("DELETE", "recordings/stored/*"): _delete_recording,
}
