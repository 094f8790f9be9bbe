"""What the API says about prompts."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from orchestrator.prompts.rules import PromptSource
from orchestrator.prompts.sets import SetSource
from orchestrator.prompts.speaker import MAX_TEXT
from orchestrator.schemas import (
    Body,
    Language,
    Line,
    ListQuery,
    Page,
    Patch,
    Reference,
    Resource,
)

PromptName = Annotated[Line, Field(min_length=1, max_length=80)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=r"\w")]


class PromptUpload(Body):
    """What comes with a file. `recorded`: it was spoken just now, in a browser."""

    name: PromptName
    source: Literal[PromptSource.UPLOADED, PromptSource.RECORDED] = PromptSource.UPLOADED


class PromptContent(Body):
    """What comes with the new content of a prompt."""

    source: Literal[PromptSource.UPLOADED, PromptSource.RECORDED] = PromptSource.UPLOADED


class PromptSpeak(Body):
    """A text that is read aloud by a machine. `language` null: that of the tenant."""

    name: PromptName
    text: Text
    language: Language | None = None


class PromptText(Body):
    """New words for a prompt, read aloud by a machine. `language` null: that of the tenant."""

    text: Text
    language: Language | None = None


class PromptCall(Body):
    """New words for a prompt, spoken by telephone."""

    user: Reference = Field("-", description="Whose devices ring: your own.")


class PromptCallNew(PromptCall):
    """A new prompt, spoken by telephone."""

    name: PromptName


class PromptPatch(Patch):
    name: PromptName = ""


class PromptQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")


class PromptOut(Resource):
    """A prompt. `source`: how its words came in; `text` and `language` of what a machine read.
    `used_by`: readable names of what plays it."""

    name: str
    source: PromptSource
    text: str | None
    language: str | None
    seconds: float
    used_by: list[str]


PromptPage = Page[PromptOut]


class PromptSetOut(BaseModel):
    """The sounds that callers hear in one language, counted by where they come from."""

    language: str
    in_use: bool = Field(description="Whether callers of this tenant may hear this language.")
    pack: int = Field(description="Sounds of Asterisk's package for the language.")
    spoken: int = Field(description="Sounds that a machine spoke.")
    missing: int = Field(description="Sounds that neither has.")


class PromptSetLine(BaseModel):
    """One sound of a set."""

    name: str
    text: str = Field(description="In the language where we have it, else in English.")
    source: SetSource
    heard_in: str | None = Field(description="Language of what is heard. Null: nothing is heard.")


class PromptSetWhole(PromptSetOut):
    """A prompt set, sound by sound."""

    phrases: list[PromptSetLine]


PromptSetPage = Page[PromptSetOut]
