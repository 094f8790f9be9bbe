"""Numbers with a wildcard at their ends, as people write them in rules about callers. Pure."""


def matches(pattern: str, number: str) -> bool:
    """`*123` fits what ends so, `0044*` what begins so, `*55*` what holds it; else all of it.

    A leading `+` is ignored on both sides, since providers differ in sending it.
    """
    wanted = pattern.strip("*").removeprefix("+").lower()
    given = number.removeprefix("+").lower()
    begins, ends = pattern.endswith("*"), pattern.startswith("*")
    if begins and ends:
        return wanted in given
    if begins:
        return given.startswith(wanted)
    return given.endswith(wanted) if ends else given == wanted
