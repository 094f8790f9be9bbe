"""Public holidays of a country and its parts, from the `holidays` library."""

from collections.abc import Sequence
from datetime import date

import holidays

from orchestrator.errors import Invalid

_LONGEST_NAME = 120


def public_holidays(
    country: str, subdivision: str | None, years: Sequence[int], language: str
) -> list[tuple[date, str]]:
    """Days and names, in order; in `language` if the calendar knows it, else in its own.

    Raises Invalid for a country or subdivision without a calendar. The first call for a country
    reads files, so it does not belong into the event loop.
    """
    try:
        plain = holidays.country_holidays(country)
    except NotImplementedError as error:
        message = "no calendar of public holidays is known for it"
        raise Invalid.field("body.country", message) from error
    if subdivision is not None and subdivision not in plain.subdivisions:
        choice = ", ".join(plain.subdivisions) or "none"
        raise Invalid.field("body.subdivision", f"must be one of: {choice}")
    calendar = holidays.country_holidays(
        country, subdiv=subdivision, years=years, language=_language(plain, language)
    )
    return [(day, name[:_LONGEST_NAME]) for day, name in sorted(calendar.items())]


def _language(calendar: holidays.HolidayBase, wanted: str) -> str | None:
    """`nl` or `nl-BE` as the calendar calls it; else its own; None when it has but one."""
    for known in calendar.supported_languages:
        if known.split("_")[0] == wanted.split("-")[0]:
            return str(known)
    return calendar.default_language
