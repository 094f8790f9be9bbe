"""Telephone numbers in one form. Pure."""

import phonenumbers


def e164(number: str, country: str) -> str | None:
    """`number` as +<country><number>, or None when it is no possible number.

    `country` (ISO 3166) is taken for numbers without an international prefix. A number with a
    leading `*` is an ending, not a number.
    """
    if number.startswith("*"):
        return None
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
