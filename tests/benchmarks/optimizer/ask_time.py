"""How long ask(1) takes and what the process then holds, after n observations in six dimensions, on one core.

Each (method, n) runs in a process of its own, so that memory is its alone: the observations are told, one ask warms
up, then the median of asks is taken with one more observation told before each. Processor seconds with one thread:
what an idle core takes, also where the machine is busy. Also the time of importing
adatom.cloud.optimize. Writes rows {method, n, ask_s, first_ask_s, rss_mb} and {import_s} as JSON.

    python -m tests.benchmarks.optimizer.ask_time [--methods ...] [--observations 50,200,500,1000]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import psutil

from . import peers
from .problems import problem
from .run import FOLDER, words

FILE = FOLDER / "ask_time.json"
PROBLEM = "hartmann6_noisy"
OBSERVATIONS = (50, 200, 500, 1000)
ASKS = 3
LONGEST_S = 300.0
IMPORTS = 5
IMPORT = "import time; t = time.process_time(); import adatom.cloud.optimize; print(time.process_time() - t)"

Row = dict[str, Any]


def measure(method: str, observations: int) -> Row:
    """One row, in this process."""
    warnings.simplefilter("ignore")
    chosen, wanted = peers.make(method, problem(PROBLEM), 0), problem(PROBLEM)
    points = wanted.space.random(observations, wanted.rng(0, 5))
    chosen.tell(points, [wanted.measure(point, 0, i) for i, point in enumerate(points)])
    seconds = []
    for number in range(ASKS + 1):
        began = time.process_time()
        asked = chosen.ask(1)
        seconds.append(time.process_time() - began)
        chosen.tell(asked, [wanted.measure(asked[0], 0, observations + number)])
    memory = psutil.Process().memory_info().rss / 2**20
    return {
        "method": method,
        "n": observations,
        "first_ask_s": round(seconds[0], 3),
        "ask_s": round(statistics.median(seconds[1:]), 3),
        "rss_mb": round(memory),
    }


def apart(method: str, observations: int) -> Row:
    """A row from a process of its own, with None for what took too long or is not installed."""
    line = [sys.executable, "-m", __spec__.name, "--one", method, str(observations)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    nothing: Row = {"method": method, "n": observations, "first_ask_s": None, "ask_s": None, "rss_mb": None}
    try:
        done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return nothing
    return dict(json.loads(done.stdout.splitlines()[-1])) if done.returncode == 0 else nothing


def import_seconds() -> float:
    """Median of importing the optimizer in fresh processes."""
    runs = [subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True) for _ in range(IMPORTS)]
    return round(statistics.median(float(run.stdout) for run in runs), 3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--methods", type=lambda t: words(t, list(peers.METHODS)), default=list(peers.METHODS))
    parser.add_argument("--observations", type=lambda t: [int(n) for n in t.split(",")], default=OBSERVATIONS)
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--one", nargs=2, metavar=("METHOD", "N"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], int(options.one[1]))))
        return 0
    found = json.loads(options.file.read_text()) if options.file.exists() else {"rows": []}
    for method in options.methods:
        for observations in options.observations:
            row = apart(method, observations)
            print(row, file=sys.stderr, flush=True)
            found["rows"] = [r for r in found["rows"] if (r["method"], r["n"]) != (method, observations)] + [row]
            found["import_s"] = found.get("import_s") if method != "adatom" else import_seconds()
            options.file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
