"""`python -m orchestrator` is the command `centrale`."""

import sys

INTERRUPTED = 130
"""Exit status, as shells have it for Ctrl-C."""


def main() -> None:
    """The command; Ctrl-C ends it without a traceback also while it is still being loaded."""
    try:
        from orchestrator.cli import main as command

        command()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
