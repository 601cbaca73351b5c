"""Runs what is missing: one JSON line for each (problem, method, seed), a file a method, appended as it ends.

    python -m tests.benchmarks.optimizer.run --methods random,botorch --problems hartmann6,blend3 --seeds 3

What the files hold is not run again; `--again` drops the lines of the methods and problems named first (after a change
of adatom, say). Seeds go outermost, so that a run that is stopped has all problems with fewer seeds.
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from . import peers, twin
from .problems import FAMILIES, names, problem
from .search import VERSION, Record, search

FOLDER = Path(__file__).parents[3] / "docs" / "benchmark" / "optimizer"
EVALUATIONS = 40
Job = tuple[str, str, int]  # problem, method, seed


def key(record: Record) -> Job:
    return record["problem"], record["method"], record["seed"]


def kept(path: Path) -> list[Record]:
    """Records of a file; a last line cut off by a kill is none, nor is one of another version."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if record["version"] == VERSION:
            found.append(record)
    return found


def records(folder: Path) -> list[Record]:
    """All records of a folder, in the order of the methods."""
    return [record for method in peers.METHODS for record in kept(folder / f"{method}.jsonl")]


def missing(folder: Path, jobs: Iterable[Job]) -> list[Job]:
    done = {key(record) for record in records(folder)}
    return [job for job in jobs if job not in done]


def forget(folder: Path, problems: Sequence[str], methods: Sequence[str]) -> None:
    """Drop the lines of these problems from these methods' files."""
    for method in methods:
        path = folder / f"{method}.jsonl"
        left = [record for record in kept(path) if record["problem"] not in problems]
        path.write_text("".join(json.dumps(record) + "\n" for record in left), encoding="utf-8")


def jobs(problems: Sequence[str], methods: Sequence[str], seeds: Sequence[int]) -> Iterator[Job]:
    """Seeds outermost; on the twin only the methods that know recipes."""
    for seed in seeds:
        for name in problems:
            for method in methods:
                if name not in twin.VARIANTS or method in twin.STRATEGIES:
                    yield name, method, seed


def run(folder: Path, wanted: Iterable[Job], evaluations: int = EVALUATIONS) -> int:
    """Run the jobs that the folder misses; gives how many. A method whose library is not there is told and skipped."""
    folder.mkdir(parents=True, exist_ok=True)
    todo = missing(folder, wanted)
    absent: set[str] = set()
    for number, (name, method, seed) in enumerate(todo, 1):
        if method in absent:
            continue
        began = time.monotonic()
        try:
            record = one(name, method, seed, evaluations)
        except ImportError as error:
            absent.add(method)
            print(f"{method}: not installed ({error})", file=sys.stderr, flush=True)
            continue
        _append(folder / f"{method}.jsonl", record)
        took = time.monotonic() - began
        print(f"{number}/{len(todo)} {name} {method} seed {seed}: {took:.1f} s", file=sys.stderr, flush=True)
    return len(todo)


def _append(path: Path, record: Record) -> None:
    """A line at the end, on its own even after one that a kill cut off."""
    cut_off = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as lines:
        lines.write("\n" * cut_off + json.dumps(record) + "\n")


def one(name: str, method: str, seed: int, evaluations: int) -> Record:
    """The record of one job."""
    if name in twin.VARIANTS:
        return twin.search(name, method, seed, evaluations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the peers' libraries; theirs are many and not ours to mend
        return search(problem(name), method, seed, evaluations)


def words(text: str, allowed: Sequence[str]) -> list[str]:
    """The names of a comma-separated list. Raises argparse's error for one that is not allowed."""
    found = [word for word in text.split(",") if word]
    if unknown := [word for word in found if word not in allowed]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: must be of {', '.join(allowed)}")
    return found


def _seeds(text: str) -> list[int]:
    """`5` for seeds 0 to 4, `3-7` for those."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last) + 1)) if last else list(range(int(first)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    everything = [*names(), *twin.VARIANTS]
    parser.add_argument("--problems", type=lambda t: words(t, [*everything, *FAMILIES]), default=list(names()))
    parser.add_argument("--methods", type=lambda t: words(t, list(peers.METHODS)), default=list(peers.METHODS))
    parser.add_argument("--seeds", type=_seeds, default=_seeds("10"), help="how many, or first-last (10)")
    parser.add_argument("--evaluations", type=int, default=EVALUATIONS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--again", action="store_true", help="drop what is there of these problems and methods first")
    options = parser.parse_args()
    if options.again:
        forget(options.folder, options.problems, options.methods)
    run(options.folder, jobs(options.problems, options.methods, options.seeds), options.evaluations)
    return 0


if __name__ == "__main__":
    sys.exit(main())
