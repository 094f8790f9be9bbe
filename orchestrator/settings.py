"""Settings of one installation: environment `CENTRALE_*`, then `centrale.toml`, then defaults.

Secrets have no defaults here. What must be secret and is not given is made at random on the
first start and kept in `home`, readable by its owner only.
"""

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class AsteriskMode(StrEnum):
    """`embedded`: we start and watch our own Asterisk. `external`: one runs already."""

    EMBEDDED = "embedded"
    EXTERNAL = "external"


class SmtpSecurity(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    """Plain at first, encrypted before anything is said; a server that cannot is refused."""
    TLS = "tls"
    """Encrypted from the first byte (port 465)."""


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


class Settings(BaseSettings):
    """Every setting, with its default. Port 0 asks the system for a free port (tests do)."""

    model_config = SettingsConfigDict(
        env_prefix="CENTRALE_",
        toml_file="centrale.toml",
        extra="forbid",
        frozen=True,
    )

    home: Path = Field(Path(".centrale"), description="Run-time folder: database, Asterisk, spool.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in `home`.")
    node: str = Field("node1", pattern=r"^[a-z][a-z0-9]{0,15}$", description="Name of this node.")

    http_host: str = "0.0.0.0"
    http_port: int = Field(8080, ge=0, le=65535)
    trusted_proxies: list[IPv4Network | IPv6Network] = Field(
        default_factory=list,
        description="Reverse proxies whose X-Forwarded-For and -Proto are believed.",
    )
    public_url: str = Field("", description="How browsers and phones reach us; empty: guessed.")

    sip_host: str = "0.0.0.0"
    sip_port: int = Field(5060, ge=0, le=65535)
    rtp_start: int = Field(10000, ge=1024, le=65534)
    rtp_end: int = Field(19999, ge=1025, le=65535)
    external_address: str = Field("", description="Public address to announce, if behind NAT.")
    local_networks: list[IPv4Network] = Field(
        default_factory=lambda: [
            IPv4Network("127.0.0.0/8"),
            IPv4Network("10.0.0.0/8"),
            IPv4Network("172.16.0.0/12"),
            IPv4Network("192.168.0.0/16"),
        ],
        description="Networks reached without NAT; only used with `external_address`.",
    )
    multicast_source: str = Field(
        "",
        pattern=r"^([0-9]{1,3}(\.[0-9]{1,3}){3})?$",
        description="Address of this node by which multicast pages leave; empty: the system's.",
    )
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    asterisk_mode: AsteriskMode = AsteriskMode.EMBEDDED
    asterisk_http_host: str = "127.0.0.1"
    asterisk_http_port: int = Field(8088, ge=0, le=65535)
    ari_user: str = "centrale"
    ari_password: SecretStr | None = Field(None, description="None: random, kept in `home`.")
    packages: Path | None = Field(
        None, description="Unpacked Debian packages; None: `packages` in `home`. May be shared."
    )
    media: Path | None = Field(
        None,
        description="Prompts, music, voicemail; None: `media` in `home`. Asterisk reads it too.",
    )
    prompt_languages: list[str] = Field(default_factory=lambda: ["en"])
    speak_prompts: bool = Field(True, description="Speak the prompts that no package has.")

    smtp_host: str = Field("", description="Mail server; empty: no mail is sent.")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    smtp_username: str = Field("", description="Empty: the server asks for none.")
    smtp_password: SecretStr | None = None
    mail_from: str = Field("", description="Sender of mails; empty: centrale@ and the SMTP host.")

    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.CONSOLE

    @field_validator("external_address")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        if text:
            ip_address(text)
        return text

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_any_case(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @model_validator(mode="after")
    def _has_ports_for_sound(self) -> Self:
        if self.rtp_end <= self.rtp_start:
            raise ValueError("CENTRALE_RTP_END must be above CENTRALE_RTP_START")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def packages_folder(self) -> Path:
        """Where the unpacked Debian packages are kept."""
        return self.packages or self.home / "packages"

    @property
    def media_folder(self) -> Path:
        """Where the sounds of tenants are kept."""
        return (self.media or self.home / "media").absolute()

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{self.home.absolute() / 'centrale.db'}"


# Not settings, but ours too: read by single commands.
_OTHER_VARIABLES = frozenset({"CENTRALE_NEW_PASSWORD"})


def unknown_variables(environment: Iterable[str]) -> list[str]:
    """Names that look like settings and are none: a misspelt setting must not be ignored."""
    known = {f"CENTRALE_{name.upper()}" for name in Settings.model_fields} | _OTHER_VARIABLES
    return sorted(
        name for name in environment if name.upper().startswith("CENTRALE_") and name not in known
    )
