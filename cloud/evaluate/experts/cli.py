"""`adatom review`: an expert's minutes. Wiring only."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="What an expert is asked, answers and overrules.", no_args_is_help=True)

Database = Annotated[Path, typer.Argument(help="A campaign's database.", metavar="DATABASE")]
Expert = Annotated[str, typer.Option(help="Who answers.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def group() -> None:
    """What an expert is asked, answers and overrules."""


@app.command("next")
def next_(
    database: Database,
    expert: Expert,
    count: Annotated[int, typer.Option("-n", help="How many questions.", min=1, max=50)] = 1,
    json_output: Json = False,
) -> None:
    """The comparisons of two trials that are worth this expert's minute most.

    Example: adatom review next out/demo/campaign.duckdb --expert ada -n 3
    """
    from adatom.cloud.store.store import Store
    from rich.console import Console

    from .review import next_questions
    from .show import show_questions

    with Store(_existing(database), read_only=True) as store:
        found = next_questions(store, _name(expert), count)
        facts = _facts(store, [name for one in found for name in (one.left, one.right)])
    if json_output:
        typer.echo(json.dumps([{**one._asdict(), "trials": [facts[one.left], facts[one.right]]} for one in found]))
        return
    show_questions(Console(), found, facts, str(database), expert)


@app.command()
def answer(
    database: Database,
    left: Annotated[str, typer.Argument(help="A trial, as demo/3.")],
    right: Annotated[str, typer.Argument(help="Another, as demo/7.")],
    said: Annotated[str, typer.Argument(help="left, right or equal.", metavar="ANSWER")],
    expert: Expert,
    why: Annotated[str, typer.Option(help="Why.")] = "",
    json_output: Json = False,
) -> None:
    """Keep which of two trials an expert holds to be worth more; `adatom evaluate meta --step` learns from it.

    Example: adatom review answer out/demo/campaign.duckdb demo/3 demo/7 left --expert ada --why "no pyrochlore"
    """
    from adatom.cloud.store.store import Store

    from .review import answer as keep

    with Store(_existing(database)) as store:
        known = keep(store, left, right, said, _name(expert), why, time.time())
    if json_output:
        typer.echo(json.dumps({"answers": len(known.preferences)}))
        return
    typer.echo(f"kept: {expert} says {said} of {left} and {right}; {len(known.preferences)} answers in all")


@app.command()
def overrule(
    database: Database,
    trial: Annotated[str | None, typer.Argument(help="A trial that has not ended, as demo/9.")] = None,
    chance: Annotated[float | None, typer.Argument(help="The expert's chance, 0 to 1, that it is good.")] = None,
    expert: Expert = "",
    why: Annotated[str, typer.Option(help="The reason; it must be given.")] = "",
    weight: Annotated[
        list[str] | None, typer.Option(help="NAME=NUMBER, again for each: sets the weights of V instead.")
    ] = None,
    json_output: Json = False,
) -> None:
    """An expert knows better: of one trial's chance to be good, or of the weights of V. It is scored later, too.

    Examples:

    adatom review overrule out/demo/campaign.duckdb demo/9 0.9 --expert ada --why "same target as my best film"

    adatom review overrule out/demo/campaign.duckdb --weight logic=1 --weight meta=1 --expert ada --why "little data"
    """
    from adatom.cloud.store.store import Store
    from adatom.protocol.errors import InputError

    from .review import overrule_trial, overrule_weights

    if (trial is None) == (not weight) or (trial is not None and chance is None):
        raise InputError("TRIAL", "give a trial and its chance, or --weight")
    weights = _weights(weight or [])
    with Store(_existing(database)) as store:
        if trial is None or chance is None:
            version = overrule_weights(store, weights, _name(expert), why, time.time())
            said: dict[str, Any] = {"weights_version": version}
            text = f"the weights are version {version}, and stay until adatom evaluate meta --undo"
        else:
            said = overrule_trial(store, trial, chance, _name(expert), why, time.time())
            text = f"kept: {trial} is good with {chance:.2f} by {expert}, {said['pipeline']:.2f} by the pipeline"
    typer.echo(json.dumps(said) if json_output else text)


@app.command()
def log(database: Database, json_output: Json = False) -> None:
    """Answers and overrules beside what came of them, and how far each expert is right.

    Example: adatom review log out/demo/campaign.duckdb
    """
    from adatom.cloud.store.store import Store
    from rich.console import Console

    from .review import review_log
    from .show import show_log

    with Store(_existing(database), read_only=True) as store:
        found = review_log(store)
    if json_output:
        typer.echo(json.dumps(found, allow_nan=False))
        return
    show_log(Console(), found)


def _existing(database: Path) -> Path:
    from adatom.cloud.evaluate.fuse.cli import existing

    return existing(database)


def _name(expert: str) -> str:
    from adatom.cloud.evaluate.fuse.priority_file import check_name

    return check_name(expert, "--expert")


def _weights(pairs: list[str]) -> dict[str, float]:
    from adatom.protocol.errors import InputError

    found = {}
    for pair in pairs:
        name, _, number = pair.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise InputError("--weight", f"{pair!r}: must be like logic=0.5") from None
    return found


def _facts(store: Any, trials: list[str]) -> dict[str, dict[str, Any]]:
    """campaign/trial -> state, resistance, recipe and scores, for a person to judge by."""
    from .judged import scores_by_id
    from .show import facts_of

    scores = scores_by_id(store)
    found = {}
    for name in dict.fromkeys(trials):
        campaign, _, number = name.rpartition("/")
        row = next(row for row in store.trials(campaign) if row["trial"] == int(number))
        found[name] = facts_of(row, scores[name])
    return found
