"""What the documents of `tenant_options` hold, and what calls make of them."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from orchestrator.options.rules import (
    DEFAULT_CODES,
    CallOptions,
    Code,
    EmergencyOptions,
    Options,
    OutboundOptions,
    ParkingOptions,
    StatusOptions,
)

_OUTBOUND = TypeAdapter(OutboundOptions)
_EMERGENCY = TypeAdapter(EmergencyOptions)
_STATUSES = TypeAdapter(StatusOptions)
_PARKING = TypeAdapter(ParkingOptions)
_CALLS = TypeAdapter(CallOptions)


def options_of(documents: Mapping[str, Any]) -> Options:
    """The options that the stored documents say; what they do not name has its default."""
    codes = {Code(name): code for name, code in (documents.get("dial_codes") or {}).items()}
    return Options(
        codes=DEFAULT_CODES | codes if codes else DEFAULT_CODES,
        outbound=_OUTBOUND.validate_python(documents.get("outbound") or {}),
        emergency=_EMERGENCY.validate_python(documents.get("emergency") or {}),
        statuses=_STATUSES.validate_python(documents.get("statuses") or {}),
        parking=_PARKING.validate_python(documents.get("parking") or {}),
        calls=_CALLS.validate_python(documents.get("calls") or {}),
    )
