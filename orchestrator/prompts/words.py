"""The sounds of numbers, dates and letters, and what they say. Pure.

A voice reads "25" or "h" well by itself, so that most texts are as short as that. What has to be
written out is given for the languages that we speak ourselves (`sets.py`); their names are those
of Asterisk's core sounds, and `digits/21` to `digits/99` are ours (`saying.py`).
"""

from collections.abc import Mapping
from string import ascii_lowercase

from orchestrator.prompts.saying import UNITS_FIRST

_WORDS: dict[str, dict[str, str]] = {
    "nl": {
        "digits/hundred": "honderd",
        "digits/thousand": "duizend",
        "digits/million": "miljoen",
        "digits/oclock": "uur",
        "digits/a-m": "'s ochtends",
        "digits/p-m": "'s middags",
        "digits/today": "vandaag",
        "digits/yesterday": "gisteren",
        "digits/tomorrow": "morgen",
        "digits/star": "sterretje",
        "digits/pound": "hekje",
        "digits/minus": "min",
        "letters/dot": "punt",
        "letters/dash": "streepje",
        "letters/at": "apenstaartje",
        "letters/plus": "plus",
        "letters/slash": "schuine streep",
        "letters/space": "spatie",
    },
    "de": {
        "digits/1F": "eine",
        "digits/hundred": "hundert",
        "digits/thousand": "tausend",
        "digits/million": "Millionen",
        "digits/oclock": "Uhr",
        "digits/a-m": "vormittags",
        "digits/p-m": "nachmittags",
        "digits/today": "heute",
        "digits/yesterday": "gestern",
        "digits/tomorrow": "morgen",
        "digits/star": "Stern",
        "digits/pound": "Raute",
        "digits/minus": "minus",
        "letters/dot": "Punkt",
        "letters/dash": "Strich",
        "letters/at": "at",
        "letters/plus": "plus",
        "letters/slash": "Schrägstrich",
        "letters/space": "Leerzeichen",
    },
}
_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_DAYS = {
    "nl": "zondag maandag dinsdag woensdag donderdag vrijdag zaterdag",
    "de": "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
}
# What a machine reads wrongly when the letter stands alone; German ordinals follow "am".
_LETTERS = {"nl": {"y": "ij-grec"}, "de": {"y": "Ypsilon"}}


def texts(language: str) -> Mapping[str, str]:
    """Sound -> what it says in `language`; empty for a language that we do not speak."""
    main = language[:2].lower()
    words = _WORDS.get(main)
    if words is None:
        return {}
    said = dict(words)
    said |= {f"digits/{value}": str(value) for value in range(100 if main in UNITS_FIRST else 20)}
    said |= {f"digits/mon-{at}": name for at, name in enumerate(_MONTHS[main].split())}
    said |= {f"digits/day-{at}": name for at, name in enumerate(_DAYS[main].split())}
    said |= {f"letters/{letter}": letter for letter in ascii_lowercase} | {
        f"letters/{letter}": name for letter, name in _LETTERS[main].items()
    }
    if main == "de":
        said |= {f"digits/h-{value}": f"{value}ter" for value in range(1, 32)}
        said["digits/h-1"], said["digits/h-3"], said["digits/h-7"] = "erster", "dritter", "siebter"
    return said
