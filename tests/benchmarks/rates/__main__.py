"""The figures of the wire as a table or JSON; exit code 1 when one is not met."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.rates import __doc__ as about
from tests.benchmarks.rates import codec
from tests.benchmarks.rates.wire import both

PULSES = 6000
COLUMNS = ("figure", "measured", "must", "met", "n")


def report(seconds: float, pulses: int) -> dict[str, Any]:
    """JSON-ready: everything that was measured, and `figures`, each beside what it must be."""
    load_average = os.getloadavg()[0]
    bytes_a_sample = codec.measure(pulses)
    with tempfile.TemporaryDirectory(prefix="adatom-rates-") as folder:
        found = both(Path(folder), seconds)
    dense = bytes_a_sample[-1]
    live, full, alone = found["live"], found["full"], found["full"]["ingest_alone"]
    figures = [
        figure("samples/s end to end, sustained", full["samples_s"], ">= 20000", full["samples_s"] >= 20000,
               full["points"]),
        figure("points/s (rows/s) end to end, sustained", full["points_s"], "", None, full["points"]),
        figure("of the offered samples of 50 benches", round(live["points_s"] / live["offered_points_s"], 3), ">= 0.98",
               live["points_s"] >= 0.98 * live["offered_points_s"], live["points"]),
        figure("measurement to receipt, p99 / s", live["p99_s"], "<= 1", live["p99_s"] <= 1.0, live["n_latencies"]),
        figure("end to end : keyed insert alone", full["of_keyed"], ">= 0.5", full["of_keyed"] >= 0.5,
               full["limit_rows"]),
        figure("ingest alone : keyed insert alone", alone["of_keyed"], ">= 0.5", alone["of_keyed"] >= 0.5,
               alone["rows"]),
        figure("end to end : bare insert alone", full["of_bare"], "", None, full["limit_rows"]),
        figure("end to end : broker alone", full["of_broker"], "", None, full["limit_messages"]),
        figure("bytes a sample, twin's telemetry, worst shape", max(row["bytes_a_sample"] for row in bytes_a_sample),
               f"<= {codec.MUST:g}", all(row["met"] for row in bytes_a_sample), dense["n_samples"]),
        figure("lost and doubled points", live["lost"] + live["doubled"] + full["lost"] + full["doubled"], "0",
               not (live["problems"] or full["problems"]), live["stored"] + full["stored"]),
    ]  # fmt: skip
    return {"simulated": True, "machine": f"{os.cpu_count()} shared cores", "load_average": load_average,
            "figures": figures, "codec": bytes_a_sample, **found}  # fmt: skip


def figure(name: str, measured: float, must: str, met: bool | None, n: int) -> dict[str, Any]:
    return {"figure": name, "measured": measured, "must": must, "met": met, "n": n}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make rates", description=(about or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each of the two loads (60)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = report(options.seconds, PULSES)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        table = Table(*COLUMNS, title=f"Rates of the wire on {found['machine']}, SIMULATED readings")
        for row in found["figures"]:
            met = {True: "yes", False: "NO", None: ""}[row["met"]]
            table.add_row(row["figure"], f"{row['measured']:g}", row["must"], met, str(row["n"]))
        Console().print(table)
    return 0 if all(row["met"] is not False for row in found["figures"]) else 1


if __name__ == "__main__":
    sys.exit(main())
