"""How a provider wants the called number to be written. Pure."""

from orchestrator.numbers.countries import international_prefix
from orchestrator.numbers.rules import e164
from orchestrator.trunks.rules import NumberFormat


def formatted(number: str, wanted: NumberFormat, country: str) -> str:
    """`number`, as it is dialled in `country`, in the form `wanted`.

    What is no telephone number there (a short code, a service) stays as it is.
    """
    if wanted is NumberFormat.AS_DIALLED:
        return number
    known = e164(number, country)
    if known is None:
        return number
    match wanted:
        case NumberFormat.E164:
            return known
        case NumberFormat.E164_DIGITS:
            return known[1:]
        case NumberFormat.INTERNATIONAL:
            return international_prefix(country) + known[1:]
