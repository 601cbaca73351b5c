"""`adatom campaign`: run, watch, resume and report closed-loop campaigns."""

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from adatom.protocol.output_path import output_file

app = typer.Typer(help="Closed-loop campaigns: ask, deposit, measure, learn.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="Campaign file (TOML).", metavar="FILE.toml")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Folder for database, keys and report; out/NAME unless given.")
]
BrokerOption = Annotated[
    str | None,
    typer.Option(help="mqtt:// or mqtts://host:port instead of the file's broker (embedded where none is named)."),
]
TlsOption = Annotated[
    Path | None,
    typer.Option("--tls", help="Folder with ca.pem, cert.pem, key.pem, keys.json for mqtts:// (adatom pki)."),
]
UserOption = Annotated[str, typer.Option(help="For a broker that asks for a name; password from file or environment.")]
PasswordOption = Annotated[Path | None, typer.Option(help="File with its password; else $ADATOM_MQTT_PASSWORD.")]
KeysOption = Annotated[Path | None, typer.Option(help="Key file; in the --tls or --out folder unless given.")]
WindowOption = Annotated[str | None, typer.Option(help="HOST:PORT of the pages, such as 127.0.0.1:8080.")]
AccountsOption = Annotated[Path | None, typer.Option(help="Who may log in to the pages (adatom cloud user).")]
WindowTlsOption = Annotated[Path | None, typer.Option(help="Folder with cert.pem and key.pem of the pages.")]
TwinsOption = Annotated[bool, typer.Option("--twins/--no-twins", help="Start the file's simulated benches here.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@app.command()
def run(
    file: FileArgument,
    out: OutOption = None,
    broker: BrokerOption = None,
    twins: TwinsOption = True,
    tls: TlsOption = None,
    user: UserOption = "",
    password_file: PasswordOption = None,
    keys: KeysOption = None,
    window: WindowOption = None,
    accounts: AccountsOption = None,
    window_tls: WindowTlsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a campaign from its first trial to its budget, then write the report.

    Example: adatom campaign run my-campaign.toml --out results
    """
    _go(
        file,
        out,
        (broker, tls, user, password_file, keys),
        (window, accounts, window_tls),
        twins,
        as_json,
        resume=False,
    )


@app.command()
def resume(
    file: FileArgument,
    out: OutOption = None,
    broker: BrokerOption = None,
    twins: TwinsOption = True,
    tls: TlsOption = None,
    user: UserOption = "",
    password_file: PasswordOption = None,
    keys: KeysOption = None,
    window: WindowOption = None,
    accounts: AccountsOption = None,
    window_tls: WindowTlsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with a campaign that was stopped or killed; the next suggestion is the one it would have been.

    Example: adatom campaign resume my-campaign.toml --out results
    """
    _go(
        file, out, (broker, tls, user, password_file, keys), (window, accounts, window_tls), twins, as_json, resume=True
    )


@app.command()
def status(
    database: Annotated[Path, typer.Argument(help="A campaign's database.", metavar="DATABASE")],
    as_json: JsonOption = False,
) -> None:
    """Show the campaigns of a database: trials by state, best interface resistance, failed runs.

    Example: adatom campaign status out/demo/campaign.duckdb
    """
    from adatom.cloud.store.store import Store

    with Store(database, read_only=True) as store:
        found = [_summary(store, row["campaign"]) for row in store.campaigns()]
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        _print_status(found)


@app.command()
def report(
    database: Annotated[Path, typer.Argument(help="A campaign's database.", metavar="DATABASE")],
    campaign: Annotated[str | None, typer.Option(help="Its name, where the database holds several.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="HTML file; beside the database unless given.", callback=output_file)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a campaign's report: one self-contained HTML file with plots and tables.

    Example: adatom campaign report out/demo/campaign.duckdb
    """
    from adatom.cloud.store.store import Store
    from adatom.cloud.web.report import write_report

    with Store(database, read_only=True) as store:
        path = write_report(store, campaign or _only_campaign(store), output or database.with_name("report.html"))
    print(json.dumps({"report": str(path)}) if as_json else f"report: {path}")


@app.command()
def attach(
    database: Annotated[Path, typer.Argument(help="A campaign's database.", metavar="DATABASE")],
    files: Annotated[list[Path], typer.Argument(help="Records of cyclers, as `adatom cycle` reads them.")],
    run: Annotated[
        str | None, typer.Option(help="The run, where the file's name or `# sample =` line does not spell it.")
    ] = None,
    area_cm2: Annotated[
        float | None, typer.Option(help="Electrode area; the bench's or the file's unless given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Keep cycling records with the runs that made the cells; the optimizer hears of them when the campaign resumes.

    Example: adatom campaign attach out/demo/campaign.duckdb cell.mpt --run demo-0007-r1-a1
    """
    from adatom.cloud.campaign.late import attach_file
    from adatom.cloud.campaign.session import Files
    from adatom.cloud.store.store import Store
    from adatom.protocol.errors import InputError

    if run is not None and len(files) > 1:
        raise InputError("--run", f"is of one file; {len(files)} are given")
    if not database.is_file():
        raise InputError(str(database), "no such database")
    late = Files(database.parent).late
    try:
        with Store(database) as store:
            found = [attach_file(store, file, time.time(), run, area_cm2) for file in files]
    except InputError as error:
        hint = f"; a running campaign takes files from {late}" if "in use by another" in error.problem else ""
        raise InputError(error.where, error.problem + hint) from error
    if as_json:
        print(json.dumps([{**vars(one), "quantities": [vars(q) for q in one.quantities]} for one in found], indent=1))
        return
    for one in found:
        print(_attached(one))


def _attached(one: Any) -> str:
    mark = " (simulated)" if one.simulated else ""
    if not one.new:
        return f"{one.file}: run {one.run_id} has this file already"
    said = [_quantity(q, one.before.get(q.name)) for q in one.quantities]
    return f"{one.file}: trial {one.trial}, run {one.run_id}{mark}: {', '.join(said)}"


def _quantity(q: Any, before: float | None) -> str:
    """A quantity in a few words, with the value that it replaces."""
    if q.value is None:
        return f"{q.name}: {q.reason}"
    limit = "≥ " if q.quality == "censored" else ""
    instead = "" if before is None else f" (in place of {before:.4g})"
    return f"{q.name} {limit}{q.value:.4g} {q.unit}".removesuffix(" 1") + instead


def _window(window: str | None, accounts: Path | None, tls: Path | None) -> Any:
    """How the pages are opened; None where nobody asked for them."""
    from adatom.protocol.errors import InputError

    if window is None:
        if accounts or tls:
            raise InputError("--window", "missing: --accounts and --window-tls are of the pages at HOST:PORT")
        return None
    if accounts is None:
        raise InputError("--accounts", "missing: the pages ask for a log-in (adatom cloud user add NAME --role owner)")
    from adatom.cloud.web.server.serve import opener, place_of

    return opener(place_of(window, accounts, tls), lambda address: typer.echo(f"window: {address}", err=True))


def _go(
    file: Path, out: Path | None, access: tuple[Any, ...], pages: tuple[Any, ...], twins: bool, as_json: bool, *,
    resume: bool,
) -> None:  # fmt: skip
    from adatom.cloud.campaign.file import load_campaign
    from adatom.cloud.campaign.session import Access, Files, run_campaign
    from adatom.protocol.errors import InputError

    plan = load_campaign(file)
    files = Files(out or Path("out") / plan.name)
    if resume and not files.database.exists():
        raise InputError(str(files.database), "no such campaign to resume: --out must be the folder it was run with")
    started = time.monotonic()
    with Screen(as_json) as screen:
        campaign = run_campaign(
            plan,
            files,
            resume=resume,
            access=Access(*access),
            start_twins=twins,
            window=_window(*pages),
            watch=screen.show,
        )
        asyncio.run(campaign)
    finish(files, plan.name, time.monotonic() - started, as_json)


def finish(files: Any, name: str, seconds: float, as_json: bool, extra: dict[str, Any] | None = None) -> None:
    """Write the report and print the summary; report and database are named on the last lines."""
    from adatom.cloud.store.store import Store
    from adatom.cloud.web.report import write_report

    with Store(files.database) as store:
        write_report(store, name, files.report)
        summary = _summary(store, name)
    if as_json:
        paths = {"report": str(files.report), "database": str(files.database)}
        print(json.dumps(summary | {"seconds": round(seconds, 1)} | (extra or {}) | paths, indent=1))
        return
    _print_status([summary])
    for key, value in (extra or {}).items():
        print(f"{key.replace('_', ' ')}: {value}")
    print(f"took: {seconds:.0f} s")
    print(f"report: {files.report}")
    print(f"database: {files.database}")


class Screen:
    """The live display, or nothing where a machine reads."""

    def __init__(self, quiet: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        self.live = Live(console=Console(stderr=True), refresh_per_second=4, transient=False)
        self.quiet = quiet

    def __enter__(self) -> "Screen":
        if not self.quiet:
            self.live.start()
        return self

    def show(self, progress: Any) -> None:
        """Draw a campaign's progress from now on."""
        self.live.update(progress)

    def __exit__(self, *_: Any) -> None:
        if not self.quiet:
            self.live.stop()
            self.live.console.print()


def _summary(store: Any, name: str) -> dict[str, Any]:
    trials = store.trials(name)
    states: dict[str, int] = {}
    measured = []
    for row in trials:
        states[row["state"]] = states.get(row["state"], 0) + 1
        for one in row["runs"]:
            found = one["quantities"].get("r_interface_ohm_cm2")
            if found and found["value"] is not None:
                measured.append((found["value"], found["sd"], row["trial"], found["simulated"]))
    summary: dict[str, Any] = {"campaign": name, "trials": states, "failed_runs": len(store.failed_runs(name))}
    summary["points"] = store.point_count()
    if measured:
        value, sd, trial, simulated = min(measured)
        summary["best"] = {"r_interface_ohm_cm2": value, "sd_ln": sd, "trial": trial, "simulated": simulated}
        reference = next((row for row in measured if row[2] == 1), None)
        if reference:
            summary["reference"] = {
                "r_interface_ohm_cm2": reference[0],
                "sd_ln": reference[1],
                "ratio": reference[0] / value,
            }
    return summary


def _only_campaign(store: Any) -> str:
    from adatom.protocol.errors import InputError

    names = [row["campaign"] for row in store.campaigns()]
    if len(names) != 1:
        raise InputError("--campaign", f"the database holds {', '.join(names) or 'no campaign'}; name one")
    return str(names[0])


def _print_status(found: list[dict[str, Any]]) -> None:
    for one in found:
        print(f"campaign: {one['campaign']}")
        print("trials: " + ", ".join(f"{count} {state}" for state, count in sorted(one["trials"].items())))
        print(f"failed runs: {one['failed_runs']}, telemetry points: {one['points']}")
        for key, label in (("best", "best"), ("reference", "reference recipe")):
            if key in one:
                print(f"{label}: {_with_interval(one[key])}" + _remarks(key, one))


def _with_interval(row: dict[str, Any]) -> str:
    import math

    value, sd = row["r_interface_ohm_cm2"], row["sd_ln"]
    if sd is None:
        return f"{value:.3g} Ω cm²"
    low, high = value * math.exp(-1.96 * sd), value * math.exp(1.96 * sd)
    return f"{value:.3g} Ω cm² (95 % interval {low:.3g} to {high:.3g})"


def _remarks(key: str, one: dict[str, Any]) -> str:
    if key == "reference":
        return f", {one[key]['ratio']:.1f} times the best"
    return f", trial {one[key]['trial']}" + (" (simulated)" if one[key]["simulated"] else "")
