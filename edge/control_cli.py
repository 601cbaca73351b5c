"""The commands that talk to a running agent over its control socket: a table of words, one function each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

FILE = typer.Argument(help="Bench file (TOML) of the running agent.", metavar="BENCH.toml")
JSON = typer.Option("--json", help="Print the answer as JSON.")
WHY = typer.Option(help="For the record.")

# command -> (what its help says, an example's extra words)
ORDERS = {
    "abort": ("End the run: everything safe at once, idle when it is seen to be.", ' --why "cracked target"'),
    "pause": ("Stop pulses and ramps; heater and gas hold what they have, the gate stays closed.", ""),
    "resume": ("Go on where a pause stopped.", ""),
    "rearm": ("Leave the fault state after a trip; what still is wrong trips again.", ""),
    "stop": ("End the run, make everything safe, then end the agent.", ""),
    "confirm": ("Say that the step the agent waits for is done.", ""),
    "fail": ("Say that the step the agent waits for cannot be done: the run has failed.", ' --why "the film came off"'),
}


def add_commands(app: typer.Typer) -> None:
    """Attach a command an order, and `status`."""
    for name, (text, words) in ORDERS.items():
        app.command(name, help=f"{text}\n\nExample: adatom edge {name} bench.toml{words}")(_order(name))
    app.command("start")(start)
    app.command("status")(status)


def status(file: Annotated[Path, FILE], as_json: Annotated[bool, JSON] = False) -> None:
    """Show what a running agent does: state, run, what it waits for, late ticks, what is not known to be safe.

    Example: adatom edge status bench.toml --json
    """
    reply = _ask(file, {"do": "status"})
    if as_json:
        print(json.dumps(reply))
        return
    for name, value in reply.items():
        print(f"{name:>14}  {_shown(value)}")


def start(
    file: Annotated[Path, FILE],
    recipe: Annotated[Path, typer.Argument(help="The recipe (JSON).", metavar="RECIPE.json")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Run a recipe from a file on a running agent, as the cloud would ask for it.

    Example: adatom edge start bench.toml recipe.json
    """
    from adatom.protocol.errors import InputError

    try:
        fields = json.loads(recipe.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(str(recipe), f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(str(recipe), f"is no JSON: {error}") from error
    reply = _ask(file, {"do": "start", "recipe": fields, "name": recipe.stem})
    print(json.dumps(reply) if as_json else "start: done")


def _order(name: str) -> Callable[..., None]:
    def order(
        file: Annotated[Path, FILE],
        why: Annotated[str, WHY] = "",
        as_json: Annotated[bool, JSON] = False,
    ) -> None:
        reply = _ask(file, {"do": name, "why": why})
        print(json.dumps(reply) if as_json else f"{name}: done")

    return order


def _ask(file: Path, request: dict[str, Any]) -> dict[str, Any]:
    from .config import load_bench
    from .control_socket import ask

    return ask(load_bench(str(file)).journal_dir, request, "an agent")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    return str(value) if value != "" else "-"
