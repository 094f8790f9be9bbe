"""Asterisk itself, applications, device states and endpoints, as the fake has them."""

from orchestrator.ari.fake.rest import Given, Ids, Refused, Routes
from orchestrator.ari.fake.world import FakeWorld
from orchestrator.ari.messages import (
    Application,
    AsteriskInfo,
    ConfigInfo,
    Endpoint,
    StatusInfo,
    SystemInfo,
)

_DEVICE_STATES = frozenset(
    [
        "UNKNOWN",
        "NOT_INUSE",
        "INUSE",
        "BUSY",
        "INVALID",
        "UNAVAILABLE",
        "RINGING",
        "RINGINUSE",
        "ONHOLD",
    ]
)
_MODULES = frozenset(
    f"{name}.so"
    for name in ["res_pjsip", "res_pjsip_outbound_registration", "res_musiconhold", "res_ari"]
)


def _ping(world: FakeWorld, ids: Ids, given: Given) -> object:
    return {"ping": "pong"}


def _info(world: FakeWorld, ids: Ids, given: Given) -> AsteriskInfo:
    return AsteriskInfo(SystemInfo(world.version), ConfigInfo("node1"), StatusInfo(world.started))


def _reload(world: FakeWorld, ids: Ids, given: Given) -> None:
    if ids[0] not in _MODULES:
        raise Refused(404, "Module not found in running modules")
    world.reloads.append(ids[0])


def _global(world: FakeWorld, ids: Ids, given: Given) -> object:
    return {"value": world.variables.get(given["variable"], "")}


def _set_global(world: FakeWorld, ids: Ids, given: Given) -> None:
    world.variables[given["variable"]] = given["value"]


def _application(world: FakeWorld, ids: Ids, given: Given) -> Application:
    if ids[0] != world.app:
        raise Refused(404, "Application not found")
    return Application(world.app, tuple(world.channels), tuple(world.bridges))


def _filter(world: FakeWorld, ids: Ids, given: Given) -> Application:
    answer = _application(world, ids, given)
    world.allowed = frozenset(item["type"] for item in given.get("allowed", ()))
    return answer


def _set_device_state(world: FakeWorld, ids: Ids, given: Given) -> None:
    if not ids[0].startswith("Stasis:"):
        raise Refused(409, "Uncontrolled device specified")
    if given["deviceState"] not in _DEVICE_STATES:
        raise Refused(500, "Unknown device")
    world.device_states[ids[0]] = given["deviceState"]


def _delete_device_state(world: FakeWorld, ids: Ids, given: Given) -> None:
    if not ids[0].startswith("Stasis:"):
        raise Refused(409, "Uncontrolled device specified")
    world.device_states.pop(ids[0], None)


def _endpoint_model(world: FakeWorld, name: str) -> Endpoint:
    tech, _, resource = name.partition("/")
    state = "online" if world.phones[name] else "offline"
    return Endpoint(tech, resource, state)


def _endpoint(world: FakeWorld, ids: Ids, given: Given) -> Endpoint:
    name = "/".join(ids)
    if name not in world.phones:
        raise Refused(404, "Endpoint not found")
    return _endpoint_model(world, name)


def _endpoints(world: FakeWorld, ids: Ids, given: Given) -> list[Endpoint]:
    if ids[0] != "PJSIP":
        raise Refused(404, f"No Endpoints found - invalid tech {ids[0]}")
    return [_endpoint_model(world, name) for name in world.phones]


ROUTES: Routes = {
    ("GET", "asterisk/ping"): _ping,
    ("GET", "asterisk/info"): _info,
    ("PUT", "asterisk/modules/*"): _reload,
    ("GET", "asterisk/variable"): _global,
    ("POST", "asterisk/variable"): _set_global,
    ("GET", "applications/*"): _application,
    ("PUT", "applications/*/eventFilter"): _filter,
    ("PUT", "deviceStates/*"): _set_device_state,
    ("DELETE", "deviceStates/*"): _delete_device_state,
    ("GET", "endpoints/*"): _endpoints,
    ("GET", "endpoints/*/*"): _endpoint,
}
