"""How numbers, times and dates are said, in the order of a language. Pure.

Every function gives what `verbs/speech.py: speak` plays: names of sounds, or what Asterisk says by
itself (`number:`, `digits:`), which it does in the language of the playback.

    25          en  digits/20 digits/5           nl  digits/25 (vijfentwintig)
    14:35       en  two thirty-five p.m.         nl  veertien uur vijfendertig
    3 March     en  March third                  nl  drie maart

Asterisk counts rightly in French, Spanish, Italian and Russian; nobody can interrupt it there, so
English is counted here. Its Dutch makes twenty hundred of 2000, and its German needs sounds that no
set has whole: for languages that put the units before the tens we have a sound for each number
below 100 (`words.py`).
"""

from collections.abc import Iterator
from datetime import date, time, timedelta

from orchestrator.prompts.phrases import Phrase

Said = tuple[str, ...]

UNITS_FIRST = frozenset({"nl", "de"})
"""Languages that say five-and-twenty."""

_HOUR_BEFORE_MINUTES = UNITS_FIRST | {"fr"}

MOST = 999_999_999
"""The largest number that is said as one; larger ones are said digit by digit."""

_HUNDRED, _THOUSAND, _MILLION = "digits/hundred", "digits/thousand", "digits/million"
_MORNING, _AFTERNOON = "digits/a-m", "digits/p-m"
_OCLOCK, _OH = "digits/oclock", "digits/oh"
_TODAY, _YESTERDAY, _TOMORROW = "digits/today", "digits/yesterday", "digits/tomorrow"


def number(value: int, language: str) -> Said:
    """`value`, not below zero, as a cardinal number."""
    if value < 0:
        raise ValueError("only numbers from zero on are said")
    if value > MOST:
        return digits(str(value))
    if _main(language) in UNITS_FIRST:
        return tuple(_units_first(value, _main(language)))
    if _main(language) == "en":
        return tuple(_english(value))
    return (f"number:{value}",)


def digits(text: str) -> Said:
    """`text` sign by sign: digits, `*` and `#`; anything else is left out."""
    said = "".join(each for each in text if each in "0123456789*#")
    return (f"digits:{said}",) if said else ()


def time_of_day(at: time, language: str, *, twelve_hours: bool | None = None) -> Said:
    """The hour and the minute; in the usual way of the language unless `twelve_hours` says."""
    main = _main(language)
    if twelve_hours is None:
        twelve_hours = main == "en"
    hour = (at.hour % 12 or 12) if twelve_hours else at.hour
    half = (_AFTERNOON if at.hour >= 12 else _MORNING,) if twelve_hours else ()
    if main == "en":
        return (*number(hour, main), *_english_minutes(at.minute, bare=not twelve_hours), *half)
    minutes = number(at.minute, main) if at.minute else ()
    # Where it is no word for "hour" but for "sharp", it is said on the hour only.
    oclock = (_OCLOCK,) if main in _HOUR_BEFORE_MINUTES or not minutes else ()
    return (*number(hour, main), *oclock, *minutes, *half)


def day(which: date, language: str, *, today: date) -> Said:
    """The day: today and its neighbours by name, others by date; the year when it is another."""
    near = {timedelta(0): _TODAY, timedelta(-1): _YESTERDAY, timedelta(1): _TOMORROW}
    if name := near.get(which - today):
        return (name,)
    main, month = _main(language), f"digits/mon-{which.month - 1}"
    year = number(which.year, main) if which.year != today.year else ()
    if main == "en":
        return (month, *_english_ordinal(which.day), *year)
    return (*_day_of_month(which.day, main), month, *year)


def duration(seconds: int, language: str) -> Said:
    """How long something is: hours, minutes and seconds, without those that are none."""
    hours, rest = divmod(max(seconds, 0), 3600)
    minutes, left = divmod(rest, 60)
    parts = (
        (hours, Phrase.ONE_HOUR, Phrase.SOME_HOURS),
        (minutes, Phrase.ONE_MINUTE, Phrase.SOME_MINUTES),
        (left, Phrase.ONE_SECOND, Phrase.SOME_SECONDS),
    )
    said: Said = ()
    for value, one, some in parts:
        if value == 1:
            # All three are feminine in German.
            said += (*(("digits/1F",) if _main(language) == "de" else number(1, language)), one)
        elif value:
            said += (*number(value, language), some)
    return said or (*number(0, language), Phrase.SOME_SECONDS)


def _main(language: str) -> str:
    return language[:2].lower()


def _units_first(value: int, language: str) -> Iterator[str]:
    """Below 100 there is a sound for each number; a hundred and a thousand have no "one"."""
    millions, rest = divmod(value, 1_000_000)
    if millions:
        # The million is feminine in German, and nobody drops its "one" in either language.
        one = ("digits/1F",) if millions == 1 and language == "de" else None
        yield from one or _below_thousand(millions)
        yield _MILLION
    thousands, rest = divmod(rest, 1_000)
    if thousands:
        if thousands > 1:
            yield from _below_thousand(thousands)
        yield _THOUSAND
    if rest or not value:
        yield from _below_thousand(rest)


def _english(value: int) -> Iterator[str]:
    """Like Asterisk's own, which nobody can interrupt with a key (`ari/requests.py`)."""
    for size, word in ((1_000_000, _MILLION), (1_000, _THOUSAND), (100, _HUNDRED)):
        if value >= size:
            yield from _english(value // size)
            yield word
            value %= size
            if not value:
                return
    if value > 20:
        yield f"digits/{value // 10 * 10}"
        value %= 10
        if not value:
            return
    yield f"digits/{value}"


def _below_thousand(value: int) -> Iterator[str]:
    hundreds, rest = divmod(value, 100)
    if hundreds:
        if hundreds > 1:
            yield f"digits/{hundreds}"
        yield _HUNDRED
    if rest or not hundreds:
        yield f"digits/{rest}"


def _english_minutes(minute: int, *, bare: bool) -> Said:
    """Two o'clock, two oh five; on the hour the 24-hour clock says "hundred"."""
    if minute == 0:
        return (_HUNDRED,) if bare else ()
    return (_OH, *number(minute, "en")) if minute < 10 else number(minute, "en")


def _english_ordinal(value: int) -> Said:
    """First to thirty-first."""
    if value <= 20 or value == 30:
        return (f"digits/h-{value}",)
    return (f"digits/{value // 10 * 10}", f"digits/h-{value % 10}")


def _day_of_month(value: int, language: str) -> Said:
    """German has ordinals; the first is one in French and Italian too."""
    if language == "de" or (value == 1 and language in {"fr", "it"}):
        return (f"digits/h-{value}",)
    return number(value, language)
