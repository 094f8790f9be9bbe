"""How to reach the interfaces of one Asterisk."""

from dataclasses import dataclass, field

from orchestrator.asterisk.ports import Ports

MANAGER_USER = "centrale"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of the two interfaces of Asterisk that we use; passwords do not show when printed."""

    ari_user: str
    ari_password: str = field(repr=False)
    manager_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AsteriskAddress:
    """Where ARI and the manager of a node answer."""

    host: str
    ports: Ports
    credentials: Credentials

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.ports.http}"
