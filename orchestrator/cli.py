"""The command `centrale`."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer
import uvloop
from pydantic import ValidationError
from pydantic_settings import SettingsError

from orchestrator import __version__
from orchestrator.asterisk.fetch import fetch_asterisk, find_asterisk
from orchestrator.asterisk.ports import Ports
from orchestrator.asterisk.render import render
from orchestrator.bootstrap import Running, running
from orchestrator.db.schema import migrate as migrate_schema
from orchestrator.demo import Demo, ensure_demo
from orchestrator.doctor import examine
from orchestrator.errors import CentraleError, Conflict, Unavailable
from orchestrator.logs import set_up_logs
from orchestrator.node import say
from orchestrator.offline import offline_services
from orchestrator.operators import OperatorOrder, add_operator
from orchestrator.settings import AsteriskMode, Settings, unknown_variables
from orchestrator.simulation import Question, simulated

app = typer.Typer(no_args_is_help=True, add_completion=False, help="An open hosted PBX.")
asterisk = typer.Typer(no_args_is_help=True, help="The Asterisk that Centrale drives.")
operator = typer.Typer(no_args_is_help=True, help="Administrators without an extension.")
app.add_typer(asterisk, name="asterisk")
app.add_typer(operator, name="operator")


def main() -> None:
    """Entry point: errors that a user can mend are one line, without a traceback."""
    try:
        app()
    except CentraleError as error:
        say(f"centrale: {error.message}")
        sys.exit(1)


def _settings() -> Settings:
    """Read the settings; every wrong one is named, with where it came from."""
    if unknown := unknown_variables(os.environ):
        say(f"centrale: there is no setting {', '.join(unknown)}")
        sys.exit(2)
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"])
            which = f"setting {name} (CENTRALE_{name.upper()})" if name else "settings"
            say(f"centrale: {which}: {problem['msg'].removeprefix('Value error, ')}")
        sys.exit(2)
    except SettingsError as error:
        # Of a list, and one in the environment: it says which.
        say(f'centrale: {error}; in the environment lists are JSON, such as ["en", "fr"]')
        sys.exit(2)
    except ValueError as error:
        say(f"centrale: centrale.toml: {error}")
        sys.exit(2)
    set_up_logs(settings.log_level, settings.log_format)
    return settings


def _run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    uvloop.run(work())


@app.command()
def run(
    demo: Annotated[bool, typer.Option(help="Make a demo tenant when there is none.")] = True,
) -> None:
    """Start the PBX and keep it running until Ctrl-C."""
    _serve(_settings(), demo)


@app.command()
def serve() -> None:
    """Drive an Asterisk that runs already (`asterisk render` writes its configuration)."""
    external = {"asterisk_mode": AsteriskMode.EXTERNAL}
    _serve(_settings().model_copy(update=external), demo=False)


def _serve(settings: Settings, demo: bool) -> None:
    async def work() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with running(settings) as centrale:
            await _greet(centrale, demo)
            await _until(stop, centrale)
            say("Stopping: calls end, the journal is written.")

    _run(work)


async def _until(stop: asyncio.Event, centrale: Running) -> None:
    """Wait for Ctrl-C. Raises Unavailable when Asterisk cannot be driven any more."""
    stopped = asyncio.create_task(stop.wait())
    driving = centrale.node.driving
    await asyncio.wait({stopped, driving}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if driving.done():
        raise Unavailable(f"Asterisk cannot be driven any more: {driving.exception()}")


async def _greet(centrale: Running, demo: bool) -> None:
    say(f"\nCentrale {__version__} runs: {centrale.http_url}")
    made = await ensure_demo(centrale.services, centrale.settings.home) if demo else None
    if made is not None:
        _show(made)
        say(f"\nSoftphones: server {centrale.sip.host}, port {centrale.sip.port}, UDP or TCP.")
        say("Call 101 from 100, or any other number of the list.")
    say("\nPress Ctrl-C to stop.\n")


def _show(demo: Demo) -> None:
    say(f"Operator    {demo.operator}   password {demo.operator_password}")
    say(f"Demo owner  {demo.user}   password {demo.user_password}\n")
    say(f"  {'number':8}{'name':18}{'user':14}secret")
    for phone in demo.phones:
        say(f"  {phone.number:8}{phone.name:18}{phone.username:14}{phone.secret}")


@app.command("demo")
def make_demo() -> None:
    """Make the demo tenant, or show it again; `run` does so by itself at the first start."""
    settings = _settings()

    async def work() -> None:
        async with offline_services(settings) as services:
            made = await ensure_demo(services, settings.home)
        if made is None:
            raise Conflict(
                "There are customers already; a demo is made in a new installation only."
            )
        _show(made)

    _run(work)


@app.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    settings = _settings()

    async def work() -> None:
        changed = await migrate_schema(settings)
        say("The schema is now current." if changed else "The schema was current already.")

    _run(work)


@asterisk.command("fetch")
def asterisk_fetch() -> None:
    """Unpack Asterisk into the run-time folder, without root."""
    binary = fetch_asterisk(_settings(), say)
    say(f"Asterisk {binary.version} is ready.")


@asterisk.command("version")
def asterisk_version() -> None:
    """Say which Asterisk would be used."""
    binary = find_asterisk(_settings(), say)
    typer.echo(str(binary.version))


@asterisk.command("render")
def asterisk_render() -> None:
    """Write the configuration for an Asterisk that runs elsewhere, or to look at it."""
    settings = _settings()
    binary = find_asterisk(settings, say)
    ports = Ports(settings.sip_port, settings.sip_port + 1, settings.asterisk_http_port, 5038)
    changed = render(settings, binary, ports)
    say(f"{len(changed)} files written below {settings.home.absolute() / 'asterisk' / 'etc'}.")


@operator.command("add")
def operator_add(
    email: Annotated[str, typer.Argument(help="Sign-in name.")],
    name: Annotated[str, typer.Option(help="How people call them.")] = "Administrator",
    tenant: Annotated[str, typer.Option(help="Slug of the platform or a reseller.")] = "platform",
    password: Annotated[
        str, typer.Option(envvar="CENTRALE_NEW_PASSWORD", help="Empty: asked for, or random.")
    ] = "",
) -> None:
    """Make an operator: an administrator without an extension."""
    settings = _settings()
    given = password or _ask_password()

    async def work() -> None:
        say(await add_operator(settings, OperatorOrder(email, name, tenant, given)))

    _run(work)


def _ask_password() -> str:
    """From the terminal, twice; without one at random, said once."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    made = secrets.token_urlsafe(12)
    say(f"Password: {made}")
    return made


@app.command()
def simulate(
    caller: Annotated[str, typer.Argument(help="Extension, or a number of the outside world.")],
    to: Annotated[str, typer.Argument(help="The number that is called.")],
    tenant: Annotated[str, typer.Option(help="Slug of the tenant.")] = "demo",
    at: Annotated[str, typer.Option(help="When, such as 2026-12-25T10:00+01:00; now.")] = "",
    trunk: Annotated[str, typer.Option(help="Id of the trunk by which it comes.")] = "",
) -> None:
    """Say what happens if one number calls another, and why; no call is made."""
    settings = _settings()

    async def work() -> None:
        async with offline_services(settings) as services:
            for line in await simulated(services, Question(tenant, caller, to, at, trunk)):
                typer.echo(line)

    _run(work)


@app.command()
def doctor() -> None:
    """Look at everything that Centrale needs, and say what is wrong."""
    findings = asyncio.run(examine(_settings()))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what}: {finding.said}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


if __name__ == "__main__":
    main()
