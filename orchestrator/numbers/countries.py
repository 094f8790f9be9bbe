"""In which country a number is, and how numbers of other countries are dialled. Pure."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata

# A number that is written as one of another country, and is none that exists.
_NOWHERE = frozenset(
    {NumberParseException.INVALID_COUNTRY_CODE, NumberParseException.TOO_SHORT_AFTER_IDD}
)
_DIGITS = re.compile(r"[0-9]+")
_ITU_PREFIX = "00"


def country_of(number: str, home: str) -> str | None:
    """The country (ISO 3166) of a number that is dialled in the country `home`.

    "001" is that of satellite and other worldwide numbers. Short codes and what is no telephone
    number are at home. None: it claims to be abroad, and there is no such country. A number that
    does not exist at home, and does abroad when a `+` is put before it, is abroad: some providers
    want it like that.
    """
    try:
        parsed = phonenumbers.parse(number, home)
    except NumberParseException as error:
        return None if error.error_type in _NOWHERE else home
    at_home = parsed.country_code == phonenumbers.country_code_for_region(home)
    if at_home and not phonenumbers.is_valid_number(parsed):
        return _abroad(number) or home
    return _region(parsed)


def _abroad(number: str) -> str | None:
    if not _DIGITS.fullmatch(number):
        return None
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except NumberParseException:
        return None
    return _region(parsed) if phonenumbers.is_valid_number(parsed) else None


def _region(parsed: phonenumbers.PhoneNumber) -> str:
    """Several countries may share a code: the number tells; else the largest of them is meant."""
    found = phonenumbers.region_code_for_number(parsed)
    return found or phonenumbers.region_code_for_country_code(parsed.country_code or 0)


def international_prefix(country: str) -> str:
    """What is dialled in `country` before the code of another one: 00, 011, 010."""
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None:
        return _ITU_PREFIX
    known = metadata.preferred_international_prefix or metadata.international_prefix or ""
    return known if _DIGITS.fullmatch(known) else _ITU_PREFIX
