"""Where the parts of the embedded Asterisk lie inside the run-time folder."""

from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import Misconfigured

# Room for a path in `sockaddr_un` (unix(7)), without the closing zero.
_SOCKET_PATH_MAX = 107


@dataclass(frozen=True, slots=True)
class Layout:
    """Folders and files of one embedded Asterisk; `root` is absolute."""

    root: Path

    @classmethod
    def of(cls, home: Path) -> "Layout":
        """The layout in folder `home`. Raises `Misconfigured` when its path is too long."""
        layout = cls(home.absolute() / "asterisk")
        if len(bytes(layout.control)) > _SOCKET_PATH_MAX:
            raise Misconfigured(
                f"The path of the run-time folder is too long for a socket: {home.absolute()}; "
                "set CENTRALE_HOME to a shorter one"
            )
        return layout

    @property
    def etc(self) -> Path:
        """The rendered configuration."""
        return self.root / "etc"

    @property
    def config(self) -> Path:
        """The file given to Asterisk with `-C`."""
        return self.etc / "asterisk.conf"

    @property
    def var(self) -> Path:
        """Asterisk's own small database: registered contacts, survival calls."""
        return self.root / "var"

    @property
    def hints(self) -> Path:
        """The hint contexts of all tenants, see `hints.py`."""
        return self.var / "hints.conf"

    @property
    def music(self) -> Path:
        """The music on hold of all tenants, see `music.py`."""
        return self.var / "music.conf"

    @property
    def data(self) -> Path:
        """Links to sounds, music, documentation and the descriptions of ARI."""
        return self.root / "data"

    @property
    def spool(self) -> Path:
        """Recordings, before they are archived."""
        return self.root / "spool"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def control(self) -> Path:
        """The socket of Asterisk's command line."""
        return self.run / "asterisk.ctl"

    @property
    def process(self) -> Path:
        """Which process is ours, so that it can be adopted; see `process.py`."""
        return self.run / "process.json"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def output(self) -> Path:
        """What Asterisk prints."""
        return self.log / "asterisk.log"

    def make(self) -> None:
        """Make every folder, readable by their owner only: they hold passwords and calls."""
        folders = (
            self.etc,
            self.var / "keys",
            self.data,
            self.spool / "recording",
            self.run,
            self.log,
        )
        for folder in (self.root, *folders):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
