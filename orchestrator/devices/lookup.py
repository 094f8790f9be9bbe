"""What other services ask of devices, inside their own transactions."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import count_in
from orchestrator.devices.model import Device
from orchestrator.devices.rules import new_secret, new_username
from orchestrator.devices.schemas import Codec, DeviceDraft
from orchestrator.tenants.lookup import limits_of, require_room
from orchestrator.types import Scope


def join_codecs(codecs: list[Codec]) -> str:
    """As Asterisk wants them; a codec named twice counts once."""
    return ",".join(dict.fromkeys(codec.value for codec in codecs))


async def add_device(
    session: AsyncSession, scope: Scope, user: str | None, draft: DeviceDraft
) -> Device:
    """A new device of `user`, or a hot-desk phone when that is None, with a random SIP identity;
    LimitReached when there is no room."""
    limits = await limits_of(session, scope)
    present = await session.scalar(count_in(scope, Device)) or 0
    require_room(limits.max_devices, present, "devices")
    device = Device(
        tenant_id=scope.tenant,
        user_id=user,
        name=draft.name,
        kind=draft.kind,
        sip_username=new_username(),
        sip_secret=new_secret(),
        codecs=join_codecs(draft.codecs),
        srtp=draft.srtp,
        max_contacts=draft.max_contacts,
        disabled=draft.disabled,
        hot_desk=user is None,
    )
    session.add(device)
    await session.flush()
    return device
