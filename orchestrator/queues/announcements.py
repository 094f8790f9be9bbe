"""What a caller who waits is told about the queue. Pure.

position   "You are currently caller number" 3 "waiting to speak with a representative";
           the first hears that the next agent who is free is his
wait       "The estimated hold time is currently" 5 "minutes", in minutes that have begun:
           nobody is disappointed by less
"""

from math import ceil

from orchestrator.prompts.phrases import Phrase
from orchestrator.prompts.saying import duration, number

Said = tuple[str, ...]


def said(position: int, wait_seconds: int, language: str) -> Said:
    """What `verbs/speech.py: speak` plays in `language` to the caller at `position` (1: the first).

    `wait_seconds` is the wait that is expected. Either is not said when it is 0; nothing at all is
    said when both are.
    """
    told = (*_position(position, language), *_wait(wait_seconds, language))
    return (*told, Phrase.QUEUE_THANK_YOU) if told else ()


def _position(position: int, language: str) -> Said:
    if position < 1:
        return ()
    if position == 1:
        return (Phrase.QUEUE_YOU_ARE_NEXT,)
    return (Phrase.QUEUE_POSITION, *number(position, language), Phrase.QUEUE_BEHIND_NUMBER)


def _wait(seconds: int, language: str) -> Said:
    if seconds < 1:
        return ()
    return (Phrase.QUEUE_EXPECTED_WAIT, *duration(ceil(seconds / 60) * 60, language))
