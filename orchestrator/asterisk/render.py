"""Render the configuration of the embedded Asterisk from the settings.

What is rendered depends on the arguments only, and a file is written only when it differs,
whole or not at all, readable by its owner only.
"""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

import jinja2
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from orchestrator.asterisk.address import MANAGER_USER, Credentials
from orchestrator.asterisk.fetch import AsteriskBinary
from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.modules import DRIVERS, MODULES, NATIVE_QUEUE, REQUIRED
from orchestrator.asterisk.ports import Ports
from orchestrator.asterisk.secrets import secret
from orchestrator.errors import Misconfigured
from orchestrator.settings import Settings

TEMPLATES = Path(__file__).parents[2] / "asterisk_conf"
# The ARI application that every call enters.
APPLICATION = "centrale"
VIEWS = (
    "ps_endpoints",
    "ps_auths",
    "ps_aors",
    "ps_endpoint_id_ips",
    "ps_registrations",
    "survival",
    "survival_trunk",
)

_OPEN_FILES = 1_048_576
# Messages on Asterisk's bus that nobody listens to. The manager refuses to start without its
# channel messages (varset, DTMF begin, hang-up handler), so those cannot be declined.
_DECLINED = (
    "ast_rtp_rtcp_sent_type",
    "ast_rtp_rtcp_received_type",
    "ast_format_register_type",
    "ast_format_unregister_type",
    "ast_presence_state_message_type",
    "ast_test_suite_message_type",
)


@dataclass(frozen=True, slots=True)
class Database:
    """The database as Asterisk's drivers want it; `path` for SQLite, the rest for PostgreSQL."""

    driver: str
    path: str = ""
    host: str = ""
    port: int = 0
    name: str = ""
    user: str = ""
    password: str = ""

    @property
    def realtime_name(self) -> str:
        """What extconfig.conf calls it: the SQLite driver wants the section, the other the name."""
        return "centrale" if self.driver == "sqlite3" else self.name


def database_of(settings: Settings) -> Database:
    """Read the SQLAlchemy URL. Raises `Misconfigured` for a database without a driver."""
    try:
        url = make_url(settings.database)
    except ArgumentError as error:
        raise Misconfigured("CENTRALE_DATABASE_URL is not a database URL") from error
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return Database("sqlite3", path=str(Path(url.database).absolute()))
        case "postgresql":
            host = url.host or str(url.query.get("host", "")) or "127.0.0.1"
            name, user = url.database or "centrale", url.username or "centrale"
            password = str(url.password or "")
            return Database("pgsql", "", host, url.port or 5432, name, user, password)
        case other:
            raise Misconfigured(f"Asterisk cannot read a {other} database that it does not share")


def credentials_of(settings: Settings) -> Credentials:
    """The passwords of ARI and the manager: as set, else random and kept in the home."""
    given = settings.ari_password
    password = given.get_secret_value() if given else secret(settings.home, "ari")
    return Credentials(settings.ari_user, password, secret(settings.home, "manager"))


def render(
    settings: Settings, binary: AsteriskBinary, ports: Ports, *, native_queue: bool = False
) -> frozenset[str]:
    """Write the configuration below `<home>/asterisk/etc`; returns the names that changed.

    `native_queue` loads Asterisk's own queue too, for measurements. Raises `Misconfigured`.
    """
    layout = Layout.of(settings.home)
    layout.make()
    link_data(layout.data, binary)
    database = database_of(settings)
    texts = render_texts(settings, binary, ports, native_queue=native_queue)
    unused = "res_pgsql.conf" if database.driver == "sqlite3" else "res_config_sqlite3.conf"
    del texts[unused]
    changed = {name for name, text in texts.items() if _write(layout.etc / name, text)}
    for path in layout.etc.iterdir():
        if path.name not in texts:
            path.unlink()
            changed.add(path.name)
    return frozenset(changed)


def render_texts(
    settings: Settings, binary: AsteriskBinary, ports: Ports, *, native_queue: bool = False
) -> dict[str, str]:
    """File name -> text, of every template, without writing any."""
    database = database_of(settings)
    credentials = credentials_of(settings)
    modules = (DRIVERS[database.driver], *MODULES, *(NATIVE_QUEUE if native_queue else ()))
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise Misconfigured("Set both tls_certificate and tls_key, or neither")
    templates = _environment()
    return {
        name.removesuffix(".j2"): templates.get_template(name).render(
            settings=settings,
            paths=Layout.of(settings.home),
            binary=binary,
            ports=ports,
            database=database,
            credentials=credentials,
            manager_user=MANAGER_USER,
            application=APPLICATION,
            modules=modules,
            required=REQUIRED | {DRIVERS[database.driver]},
            views=VIEWS,
            declined=_DECLINED,
            open_files=min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], _OPEN_FILES),
        )
        for name in sorted(templates.list_templates(extensions=["j2"]))
    }


def link_data(folder: Path, binary: AsteriskBinary) -> None:
    """Make the data folder of Asterisk out of links: sounds by language, music, documentation."""
    wanted = {
        folder / name: binary.data / name
        for name in ("documentation", "rest-api", "moh", "static-http")
        if (binary.data / name).exists()
    }
    (folder / "sounds").mkdir(parents=True, exist_ok=True)
    for link, target in wanted.items():
        if link.is_symlink() and link.readlink() == target:
            continue
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    for language, pack in binary.languages:
        _link_pack(folder / "sounds" / language, pack)


def _link_pack(folder: Path, pack: Path) -> None:
    """Link each sound of `pack` into `folder`: there is room beside them for more sounds, and
    nothing is ever written into the package."""
    if folder.is_symlink():
        folder.unlink()
    for target in pack.rglob("*.*"):
        link = folder / target.relative_to(pack)
        if link.is_symlink() and link.readlink() == target:
            continue
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        finalize=_plain,
        autoescape=False,  # noqa: S701  it is not HTML; `_plain` does the escaping
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _plain(value: object) -> str:
    """A value that cannot end its line or begin a comment in a file of Asterisk."""
    text = str(value)
    if not text.isprintable():
        raise Misconfigured("A setting for Asterisk holds a line break or a control character")
    return text.replace(";", "\\;")


def _write(path: Path, text: str) -> bool:
    """Write the file when it differs; True if it did."""
    try:
        if path.read_text() == text:
            return False
    except FileNotFoundError:
        pass
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
    return True
