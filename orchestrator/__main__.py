"""`python -m orchestrator` is the command `centrale`."""

from orchestrator.cli import main

main()
