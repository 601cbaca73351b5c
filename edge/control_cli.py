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
    from .in_words import by_reason, in_words

    reply = _ask(file, {"do": "status"})
    if as_json:
        print(json.dumps(reply))
        return
    for name, value in reply.items():
        shown = by_reason(value) if name == "missing" and value else [in_words(value)]
        print(f"{name:>14}  " + f"\n{'':>14}  ".join(shown))


def start(
    file: Annotated[Path, FILE],
    recipe: Annotated[Path, typer.Argument(help="The recipe (JSON).", metavar="RECIPE.json")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Run a recipe from a file on a running agent, as the cloud would ask for it.

    Example: adatom edge start bench.toml recipe.json
    """
    from adatom.protocol.errors import FailedError
    from adatom.protocol.recipe import recipe_to_dict

    from .recipe_file import load_recipe

    fields = recipe_to_dict(load_recipe(recipe))
    try:
        reply = _ask(file, {"do": "start", "recipe": fields, "name": recipe.stem})
    except FailedError as error:
        raise FailedError(f"{recipe} is not started: {error}") from error
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
    from .control_socket import ask

    return ask(journal_of(file), request, "an agent")


def journal_of(file: Path) -> str:
    """The folder of a bench file's agent, whether its plant file is there or just being made."""
    from .config import load_bench

    return load_bench(str(file), identified=False).journal_dir
