"""`adatom sim`: a bench of simulated instruments for people, tests and hardware-in-the-loop rigs."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from adatom.protocol.output_path import output_file

from .adaptive_cli import adapt
from .lifetimes_cli import lifetimes
from .shipped import ENVELOPE

app = typer.Typer(help="The digital twin at its serial lines.", no_args_is_help=True)
app.command()(adapt)
app.command()(lifetimes)


@app.command()
def rig(
    folder: Annotated[Path, typer.Option("--dir", help="Folder for the links laser, heater, gauge, ...")],
    world: Annotated[int, typer.Option(help="Seed of the world: the twin's hidden parameters.", min=0)] = 1,
    drift: Annotated[bool, typer.Option("--drift", help="Window and targets age within a run.")] = False,
    speed: Annotated[float, typer.Option(help="Bench time in units of real time, 0.1 to 1000.")] = 1.0,
    instrument: Annotated[
        list[str] | None, typer.Option(help="role=kind, for another instrument than the first choice; may be repeated.")
    ] = None,
    guardian: Annotated[
        str, typer.Option(help="internal: the rig has the bench I/O board; external: `adatom edge guardian` serves it.")
    ] = "internal",
    pumped: Annotated[bool, typer.Option("--pumped", help="Each run starts in a chamber that is pumped down.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="The instruments not chosen too, under their own names; they only look on.")
    ] = False,
    tcp: Annotated[
        int | None,
        typer.Option(help="Loopback TCP ports as well: the first one's number, or 0 for free ones.", min=0, max=65000),
    ] = None,
    real_baud: Annotated[bool, typer.Option("--real-baud", help="Bytes take the time of a real serial line.")] = False,
    fault: Annotated[
        list[str] | None, typer.Option(help="ROLE=KIND or ROLE=KIND@SECONDS: a broken instrument; may be repeated.")
    ] = None,
    xps: Annotated[
        Path | None, typer.Option(help="Folder into which the simulated XPS analyser drops VAMAS files (.vms).")
    ] = None,
) -> None:
    """Put one simulated instrument a role on a pseudo-terminal and keep the physics going behind them.

    Prints one JSON line, role -> path, kind (the driver's name), protocol (and tcp), then serves until Ctrl-C or
    SIGTERM.

    Example: adatom sim rig --dir /tmp/rig --world 7 --instrument heater=lakeshore336 --tcp 0
    """
    from .rig import Rig

    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    bench = Rig(
        folder,
        world_seed=world,
        drift=drift,
        speed=speed,
        instruments=instrument or [],
        guardian=guardian,
        pumped=pumped,
        every=every,
        tcp=tcp,
        real_baud=real_baud,
        faults=fault or [],
        xps_dir=xps,
    )
    try:
        print(json.dumps(bench.directory()), flush=True)
        bench.serve(lambda: stopped)
    finally:
        bench.close()


@app.command()
def state(
    folder: Annotated[Path, typer.Argument(help="The folder of a running rig.", metavar="DIR")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show what each simulated instrument believes: beam, carousel, relay, pulses, energised outputs.

    Example: adatom sim state /tmp/rig --json
    """
    from adatom.edge.rig_state import rig_state

    believed = rig_state(folder)
    if as_json:
        print(json.dumps(believed))
    else:
        _print_state(believed)


def _print_state(state: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("instrument", "what it believes (simulated)")
    for role, believed in state["instruments"].items():
        table.add_row(role, ", ".join(f"{name} {value}" for name, value in believed.items()))
    console = Console()
    console.print(table)
    console.print(f"energised: {', '.join(state['energised']) or 'nothing'}; pulses fired: {state['pulses_fired']}")


@app.command()
def validate(
    log: Annotated[
        Path | None,
        typer.Argument(help="Log of a real chamber (.dlog, .dlog.gz or its folder); the shipped one unless given."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", help="The HTML page with log and twin overlaid.", callback=output_file)
    ] = Path("out/validation.html"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Lay the twin's chamber over the log of a real one: pump-down, pressure hold, ramp, temperature hold, cooling.

    Exit code 1 when a judged figure is outside its tolerance.

    Example: adatom sim validate --output validation.html
    """
    from adatom.cloud.knowledge.logs import SHIPPED_LOG, read_log
    from adatom.protocol.errors import FailedError

    from .validate import compare
    from .validate_page import page

    comparison = compare(read_log(log or SHIPPED_LOG))
    output.write_text(page(comparison), encoding="utf-8")
    figures = list(comparison.figures.values())
    if as_json:
        rows = [{"name": f.name, "unit": f.unit, "log": f.log, "twin": f.twin, "tolerance": f.tolerance,
                 "agrees": f.agrees, "note": f.note} for f in figures]  # fmt: skip
        print(json.dumps({"simulated": True, "figures": rows, "page": str(output)}, indent=1))
    else:
        _print_validation(figures, output)
    wrong = [f.name for f in figures if not f.agrees]
    if wrong:
        raise FailedError(f"the twin is outside tolerance in: {', '.join(wrong)}")


def _print_validation(figures: list[Any], output: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("figure", "real chamber", "twin (simulated)", "tolerance", "agrees")
    for f in figures:
        judged = "–" if f.tolerance is None else f"{100 * f.tolerance:.0f} %"
        verdict = "not judged" if f.tolerance is None else "yes" if f.agrees else "no"
        table.add_row(f"{f.name} / {f.unit}" if f.unit else f.name, f"{f.log:.4g}", f"{f.twin:.4g}", judged, verdict)
    Console().print(table)
    print(f"page: {output}")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Name of the bench, as in its envelope.")],
    broker: Annotated[str, typer.Option(help="mqtt://host:port")],
    folder: Annotated[Path, typer.Option("--dir", help="Folder of its journal.")],
    envelope: Annotated[Path, typer.Option(help="Safety envelope (JSON).")] = ENVELOPE,
    world: Annotated[int, typer.Option(help="Seed of the world: the twin's hidden parameters.", min=0)] = 1,
    variant: Annotated[str, typer.Option(help="standard or hard")] = "standard",
    keys: Annotated[
        Path | None, typer.Option(help="Key file: the bench's own, or one that all share; else keys.json of --tls.")
    ] = None,
    tls: Annotated[
        Path | None, typer.Option(help="Folder with ca.pem, cert.pem and key.pem for an mqtts:// broker (adatom pki).")
    ] = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when the process that started it ends.")
    ] = False,
) -> None:
    """Simulate a whole bench, agent and chamber, some thousand times faster than real, and obey the cloud.

    Example: adatom sim bench twin-1 --broker mqtt://127.0.0.1:1883 --keys keys.json --dir bench-1
    """
    from adatom.edge.dial import TlsFiles
    from adatom.edge.folder_lock import FolderLock
    from adatom.protocol.errors import InputError

    from .lockstep import SimulatedBench
    from .world import World

    key_file = keys or (None if tls is None else tls / "keys.json")
    if key_file is None:
        raise InputError("--keys", "give the key file that the cloud made, or the folder of adatom pki: --tls")
    files = TlsFiles() if tls is None else TlsFiles(*[str(tls / name) for name in ("ca.pem", "cert.pem", "key.pem")])
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(1))
    parent = os.getppid()
    lock = FolderLock(str(folder))
    simulated = SimulatedBench(name, envelope, World(world, variant), key_file, folder)
    try:
        simulated.serve(broker, lambda: bool(stopped) or (with_parent and os.getppid() != parent), files)
    finally:
        speed = simulated.speed
        (folder / "speed.json").write_text(json.dumps({"simulated_s": speed.simulated_s, "busy_s": speed.busy_s}))
        lock.close()


def demo(
    trials: Annotated[int, typer.Option(help="Trials of the campaign.", min=2, max=10000)] = 12,
    world: Annotated[int, typer.Option(help="Seed of the world: the twin's hidden parameters.", min=0)] = 1,
    hard: Annotated[bool, typer.Option("--hard", help="No interlayer, cold anneal, some air: the hard world.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for database and report.")] = Path("out/demo"),
    benchmark: Annotated[
        bool, typer.Option("--benchmark", help="Compare optimizer, random and Sobol search over many worlds instead.")
    ] = False,
    seeds: Annotated[int, typer.Option(help="Worlds of the benchmark, per variant.", min=1, max=1000)] = 20,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it in the browser too, on this machine alone and without log-in.")
    ] = False,
    port: Annotated[int, typer.Option(help="Of the pages; 0 for any free one.", min=0, max=65535)] = 8080,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Run a closed-loop campaign against the digital twin, over a real MQTT connection, and write its report.

    With --serve: pages at http://127.0.0.1:8080, until Ctrl-C. With --benchmark: many worlds on the twin's direct
    chain, without control loops; resumable, about half an hour.

    Example: adatom demo --trials 12 --serve
    """
    from adatom.cloud.campaign.cli import Screen, finish
    from adatom.cloud.campaign.session import Files

    from . import showcase

    if benchmark:
        _benchmark(out.with_name("benchmark"), seeds, trials if trials != DEMO_TRIALS else 100, as_json)
        return
    folder = showcase.free_folder(out)
    campaign = showcase.prepare(folder, "hard" if hard else "standard", trials, world)
    started = time.monotonic()
    with Screen(as_json) as screen:
        extra = showcase.run_demo(campaign, Files(folder), screen.show, _serving(port) if serve else None)
    finish(Files(folder), campaign.name, time.monotonic() - started, as_json, extra)


def _serving(port: int) -> Any:
    """The demo's pages, without log-in."""
    from adatom.cloud.web.server.serve import Place, opener

    from .showcase import Serving

    def say(address: str) -> None:
        typer.echo(f"window: {address} (demo: no log-in, this machine alone)", err=True)

    return Serving(
        opener(Place(port=port), say),
        lambda: typer.echo("the campaign has ended; the pages stay until Ctrl-C", err=True),
    )


def _benchmark(folder: Path, seeds: int, trials: int, as_json: bool) -> None:
    """Run the benchmark, or go on with it, in a folder; print its table and write it as JSON."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from .benchmark import run, summary

    folder.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True, quiet=as_json)
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=console) as bar:  # fmt: skip
        task = bar.add_task(f"searches of {trials} trials", total=None)

        def progress(done: int, total: int, record: dict[str, Any]) -> None:
            bar.update(task, completed=done, total=total)

        worlds = range(FIRST_SEED, FIRST_SEED + seeds)
        records = run(worlds, folder / "searches.jsonl", trials=trials, progress=progress)
    rows = summary(records)
    (folder / "summary.json").write_text(json.dumps({"simulated": True, "rows": rows}, indent=1) + "\n")
    if as_json:
        print(json.dumps({"simulated": True, "rows": rows, "searches": str(folder / "searches.jsonl")}, indent=1))
    else:
        _print_benchmark(rows, folder)


def _print_benchmark(rows: list[dict[str, Any]], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("world", "search", "trials", "worlds", "R_interface / Ω cm²", "reference / R", "cycles / reference",
                  "≤ 15 Ω cm²", title="Incumbent's true value, geometric mean (95 % interval), SIMULATED")  # fmt: skip
    for row in rows:
        figures = [_with_interval(row[name]) for name in ("r_interface_ohm_cm2", "ratio", "cycles_ratio")]
        table.add_row(row["variant"], row["strategy"], str(row["trials"]), str(row["seeds"]), *figures,
                      f"{100 * row['good']:.0f} %")  # fmt: skip
    # a wrapped table of figures is not readable: rather let the terminal cut it
    Console(width=max(Console().width, BENCHMARK_COLUMNS)).print(table)
    print(f"searches: {folder / 'searches.jsonl'}")
    print(f"summary: {folder / 'summary.json'}")


def _with_interval(value: tuple[float, float, float]) -> str:
    return f"{value[0]:.3g} ({value[1]:.3g} to {value[2]:.3g})"


DEMO_TRIALS = 12
BENCHMARK_COLUMNS = 138
FIRST_SEED = 201  # worlds 1 to 200 are for tuning: a benchmark on them would flatter
