"""The import law of the product, as a contract that `lint-imports` checks.

Every module has a kind, found from its name; `MAY_IMPORT` says which kinds a kind may import
directly. Because each step is checked, indirect imports need no second look.

    foundation < rules < model, schemas < service < driver seams < calls < edges < bootstrap < entry
"""

from enum import StrEnum
from typing import TypedDict

from grimp import DetailedImport, ImportGraph
from importlinter import Contract, ContractCheck, output

ROOT = "orchestrator"


class Kind(StrEnum):
    """What a module is, by its place in the package."""

    FOUNDATION = "foundation"
    SETTINGS = "settings"
    RULES = "rules"
    SCHEMAS = "schemas"
    MODEL = "model"
    READ_MODEL = "read model"
    DB = "db"
    SERVICE = "service"
    DRIVER = "driver"
    CALLS = "calls"
    EDGE = "edge"
    BOOTSTRAP = "bootstrap"
    ENTRY = "entry"


K = Kind
FOUNDATIONS = frozenset({"types", "clock", "errors", "schemas"})
DRIVERS = frozenset({"ari", "asterisk"})
CALLS = frozenset({"calls", "verbs"})
# Pure modules whose name does not already say it; all of them are held to the law of rules.
PURE = frozenset(
    {
        "calls.verdict",
        "ivr.spelling",
        "numbers.countries",
        "prompts.phrases",
        "prompts.saying",
        "prompts.sets",
        "prompts.words",
        "queues.agents",
        "queues.books",
        "queues.announcements",
        "queues.advice",
        "queues.live",
        "routing.caller_names",
        "routing.decision",
        "routing.department_menus",
        "routing.dial_codes",
        "routing.dialled",
        "routing.facts",
        "routing.functions",
        "routing.first_step",
        "routing.hot_desks",
        "routing.inbound",
        "routing.music",
        "routing.office",
        "routing.outbound",
        "routing.outside",
        "routing.outside_lines",
        "routing.paging",
        "routing.patterns",
        "routing.pickup",
        "routing.plan",
        "routing.queues",
        "routing.ranges",
        "routing.ring_groups",
        "routing.simulate",
        "routing.transferred",
        "routing.voicemail",
        "trunks.formats",
        "trunks.headers",
        "trunks.rewriting",
        "trunks.sources",
        "trunks.state",
        "voicemail.menu",
    }
)
# Modules that are not what their name or place says, and why.
EXCEPTIONS = {
    "media": K.FOUNDATION,  # Files, and what becomes of them; they know nothing of who has them.
    "audio.conversion": K.FOUNDATION,
    "audio.child": K.FOUNDATION,
    "prompts.speaker": K.FOUNDATION,  # A seam, as a Protocol; its drivers lie elsewhere.
    "supervisor": K.FOUNDATION,  # Keeps tasks alive; knows nothing of what they do.
    "people.pins": K.FOUNDATION,  # Every new row of a user draws a PIN.
    "audit.origin": K.DB,  # The audit hook is a part of every transaction.
    "audit.record": K.DB,
    "hours.stored": K.DB,  # A mixin of models, as those of `db.base`.
    "calls.entry": K.SCHEMAS,  # What a call leaves behind, and its way into the tables:
    "calls.spool": K.SERVICE,  # use cases of the feature "calls", off the call path.
    "calls.journal": K.SERVICE,
    "calls.history": K.SERVICE,
    "routing.kept": K.READ_MODEL,
    "routing.queries": K.READ_MODEL,  # The read model in its files: what is read,
    "routing.tables": K.READ_MODEL,  # reads the rows,
    "routing.projected_people": K.READ_MODEL,
    "routing.projected_groups": K.READ_MODEL,
    "routing.projection": K.READ_MODEL,  # makes plans of them, keeps them present.
    "calls.control_api": K.EDGE,  # The second page of the feature's routes.
    "trunks.watch": K.EDGE,  # Asks Asterisk how trunks are,
    "trunks.strangers": K.EDGE,  # and who else wanted to call.
    "presence.lights": K.EDGE,  # Set lamps in Asterisk and look at what phones watch there;
    "presence.lookout": K.EDGE,  # nothing of calls depends on them.
    "presence.mwi": K.EDGE,
    "prompts.set_api": K.EDGE,  # The routes of a second use case.
    "promptsets": K.EDGE,  # Has sounds spoken for Asterisk.
    "soundwatch": K.EDGE,  # Keeps Asterisk and the files of tenants together.
    "sweep": K.SERVICE,  # Looks at the files of several features.
    "prompts.desk": K.EDGE,  # Fetches from Asterisk what was spoken by telephone.
    "voicemail.keeper": K.EDGE,  # Fetch from Asterisk what callers said.
    "voicemail.desk": K.EDGE,
    "voicemail.node": K.EDGE,
    "queues.statistics": K.READ_MODEL,  # Counts over the journal of calls.
    "refresh": K.EDGE,  # Hands changes of the tables on to Asterisk.
    "demo": K.BOOTSTRAP,  # These put a whole installation together, as `bootstrap` does.
    "doctor": K.BOOTSTRAP,
    "node": K.BOOTSTRAP,
    "offline": K.BOOTSTRAP,
    "operators": K.BOOTSTRAP,
    "simulation": K.BOOTSTRAP,
    "store": K.BOOTSTRAP,
}
# Rules are pure: what does I/O, or brings a framework, is not for them.
IMPURE_LIBRARIES = frozenset(
    {"aiohttp", "aiosqlite", "alembic", "asyncio", "asyncpg", "socket", "sqlalchemy", "uvloop"}
)

BASE = frozenset({K.FOUNDATION, K.RULES})
MAY_IMPORT: dict[Kind, frozenset[Kind]] = {
    K.FOUNDATION: frozenset({K.FOUNDATION}),
    K.RULES: BASE,
    K.SETTINGS: BASE,
    K.SCHEMAS: BASE | {K.SCHEMAS},
    # A model names only its own feature's parts; tables of others are named by strings.
    K.MODEL: BASE | {K.SCHEMAS, K.DB, K.MODEL},
    K.DB: BASE | {K.SETTINGS, K.MODEL, K.DB},
    K.READ_MODEL: BASE | {K.SCHEMAS, K.MODEL, K.DB, K.SERVICE, K.READ_MODEL},
    K.SERVICE: BASE | {K.SETTINGS, K.SCHEMAS, K.MODEL, K.DB, K.SERVICE, K.READ_MODEL},
    K.DRIVER: BASE | {K.SETTINGS, K.DRIVER},
    K.CALLS: BASE | {K.SETTINGS, K.SCHEMAS, K.SERVICE, K.READ_MODEL, K.DRIVER, K.CALLS},
    K.EDGE: frozenset(K) - {K.MODEL, K.BOOTSTRAP, K.ENTRY},
    K.BOOTSTRAP: frozenset(K) - {K.ENTRY},
    K.ENTRY: frozenset(K),
}


def kind_of(module: str) -> Kind:
    """The kind of `orchestrator.<path>`; unknown names in a feature count as service."""
    path = module.removeprefix(f"{ROOT}.")
    top, last = path.split(".")[0], path.split(".")[-1]
    if path == ROOT or path in FOUNDATIONS:
        return K.FOUNDATION
    if last == "rules" or path in PURE:
        return K.RULES
    if exception := EXCEPTIONS.get(path):
        return exception
    by_top = {
        "settings": K.SETTINGS,
        "db": K.DB,
        "web": K.EDGE,
        "bootstrap": K.BOOTSTRAP,
        "cli": K.ENTRY,
        "__main__": K.ENTRY,
        **dict.fromkeys(DRIVERS, K.DRIVER),
    }
    by_last = {
        "errors": K.FOUNDATION,
        "model": K.MODEL,
        "schemas": K.SCHEMAS,
        "api": K.EDGE,
        "read_model": K.READ_MODEL,
    }
    of_calls = K.CALLS if top in CALLS else K.SERVICE
    return by_top.get(top) or by_last.get(last) or of_calls


def why_not(importer: str, imported: str) -> str | None:
    """Why `importer` may not import `imported`; None when it may. Both are dotted names."""
    kind = kind_of(importer)
    if not imported.startswith(f"{ROOT}."):
        library = imported.split(".")[0]
        pure = kind is K.RULES and library in IMPURE_LIBRARIES
        return f"rules are pure, {library} does I/O" if pure else None
    target = kind_of(imported)
    if target not in MAY_IMPORT[kind]:
        return f"{kind} may not import {target}"
    foreign = importer.split(".")[1] != imported.split(".")[1]
    if target is K.MODEL and foreign and kind not in {K.READ_MODEL, K.DB, K.BOOTSTRAP}:
        return "a feature's tables belong to that feature: use its service"
    return None


class Breach(TypedDict):
    """One import that the law forbids, and why."""

    importer: str
    imported: str
    line: int
    reason: str


class ImportLaw(Contract):
    """Checks `why_not` on every direct import of the package."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        breaches = [
            Breach(importer=importer, imported=imported, line=_line(details), reason=reason)
            for importer in sorted(graph.modules)
            if importer.startswith(ROOT)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if (reason := why_not(importer, imported))
            for details in [graph.get_import_details(importer=importer, imported=imported)]
        ]
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        breaches: list[Breach] = check.metadata["breaches"]
        for breach in breaches:
            output.print_error(
                f"{breach['importer']}:{breach['line']} imports {breach['imported']}: "
                f"{breach['reason']}"
            )


def _line(details: list[DetailedImport]) -> int:
    return details[0]["line_number"] if details else 0
