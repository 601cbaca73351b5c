"""How fast published tables come in, beside the least that a database can take: DuckDB's own read_csv and insert.

python -m tests.benchmarks.ingest_knowledge [--part rows_50000] [--out docs/benchmark/ingest_knowledge.json]
Each part runs in a process of its own, whose peak memory is its own.
"""

import argparse
import csv
import gzip
import itertools
import json
import math
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from adatom.cloud.knowledge.check import check_facts
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.load import load_file
from adatom.cloud.knowledge.tolerant import read_written
from adatom.cloud.store.store import Store

OUT = Path("docs/benchmark/ingest_knowledge.json")
COMPUTED = ("aflow", "materials_project")


def first_rows(folder: Path, rows: int) -> Path:
    """The first rows of both computed tables in equal parts, as one table."""
    path = folder / f"rows_{rows}.csv"
    with path.open("w", encoding="utf-8") as out:
        for number, name in enumerate(COMPUTED):
            with gzip.open(shipped(name), "rt", encoding="utf-8") as lines:
                out.writelines(itertools.islice(lines, int(number > 0), rows // 2 + 1))
    return path


def loaded(files: list[Path], folder: Path) -> dict[str, Any]:
    """Files by adatom, with all checks: seconds of the wall and of one processor."""
    began, processor = time.perf_counter(), time.process_time()
    with Store(folder / "known.duckdb") as store:
        found = [load_file(store, path) for path in files]
        taken = time.perf_counter() - began
        checked = check_facts(store)
        facts, flags = store.fact_count(), dict(store.knowledge_summary()["flags"])
    return {
        "rows": sum(one.rows for one in found),
        "facts": facts,
        "refused": sum(one.refused for one in found),
        "derived": checked.derived,
        "flags": flags,
        "load_s": round(taken, 1),
        "all_s": round(time.perf_counter() - began, 1),
        "processor_s": round(time.process_time() - processor, 1),
        "peak_mb": peak_mb(),
        "file_mb": round((folder / "known.duckdb").stat().st_size / 1e6, 1),
    }


def raw(files: list[Path], folder: Path) -> dict[str, Any]:
    """The same rows by DuckDB alone, text and number as they stand, without a key or a check: the limit."""
    began, processor = time.perf_counter(), time.process_time()
    connection = duckdb.connect(str(folder / "raw.duckdb"), config={"threads": 1, "memory_limit": "512MB"})
    texts = ", ".join(f"{name} VARCHAR" for name in ("unit", "source", "dataset", "split"))
    connection.execute(f"CREATE TABLE raw(formula VARCHAR, property VARCHAR, value DOUBLE, {texts})")
    for path in files:
        connection.execute("INSERT INTO raw SELECT * FROM read_csv(?, nullstr='\x01')", [str(path)])
    connection.close()
    return {"all_s": round(time.perf_counter() - began, 2), "processor_s": round(time.process_time() - processor, 2),
            "peak_mb": peak_mb()}  # fmt: skip


def peak_mb() -> int:
    """The most memory that this process has had."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


def rows_50000(folder: Path) -> dict[str, Any]:
    """50 000 records."""
    return loaded([first_rows(folder, 50_000)], folder)


def raw_50000(folder: Path) -> dict[str, Any]:
    """The limit for them."""
    return raw([first_rows(folder, 50_000)], folder)


def computed(folder: Path) -> dict[str, Any]:
    """All 642 630."""
    return loaded([shipped(name) for name in COMPUTED], folder)


def raw_computed(folder: Path) -> dict[str, Any]:
    """The limit for them."""
    return raw([shipped(name) for name in COMPUTED], folder)


def formulas(folder: Path) -> dict[str, Any]:
    """Distinct formulas read a second of one processor."""
    distinct: set[str] = set()
    for name in COMPUTED:
        with gzip.open(shipped(name), "rt", encoding="utf-8") as lines:
            distinct.update(line.partition(",")[0] for line in itertools.islice(lines, 1, None))
    began = time.process_time()
    for text in distinct:
        read_written(text)
    seconds = time.process_time() - began
    return {"formulas": len(distinct), "processor_s": round(seconds, 2), "per_s": round(len(distinct) / seconds)}


def killed(folder: Path) -> dict[str, Any]:
    """50 000 records in batches of 5 000, killed at any moment again and again, then to the end."""
    path, db = first_rows(folder, 50_000), folder / "killed.duckdb"
    script = (
        "import sys\nfrom pathlib import Path\nfrom adatom.cloud.knowledge import load\n"
        "from adatom.cloud.store.store import Store\nrows = load.read_rows\n"
        "load.read_rows = lambda path: rows(path, 5000)\n"
        "with Store(sys.argv[1]) as store:\n    load.load_file(store, Path(sys.argv[2]))\n"
    )
    kills, done = 0, []
    for wait in itertools.chain((1.5, 2.0, 2.5, 3.0, 3.5, 4.0), itertools.repeat(300.0)):
        process = subprocess.Popen([sys.executable, "-c", script, str(db), str(path)])
        try:
            process.wait(wait)
            break
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            if db.exists():
                with Store(db) as store:
                    done.append(sum(one["rows_done"] for one in store.knowledge_imports()))
    with Store(db) as store, Store(folder / "whole.duckdb") as whole:
        load_file(whole, path)
        ids = "SELECT fact, value, line FROM fact ORDER BY fact"
        return {"kills": kills, "rows_done_after_each": done, "facts": store.fact_count(),
                "as_in_one_go": store.rows(ids) == whole.rows(ids)}  # fmt: skip


def planted(folder: Path) -> dict[str, Any]:
    """Unit errors in 240 of AFLOW's values: beside the right value in another table, and in its place."""
    with gzip.open(shipped("aflow"), "rt", encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    places = [place for place, row in enumerate(rows) if row[1] in MISTAKEN]
    chosen = random.Random(3).sample(places, 240)
    wrong = {place: list(MISTAKES)[number % len(MISTAKES)] for number, place in enumerate(chosen)}
    changed = {
        place: [rows[place][0], rows[place][1], repr(MISTAKES[kind](float(rows[place][2]))), rows[place][3], "planted",
                kind, "all"] for place, kind in wrong.items()
    }  # fmt: skip
    beside, instead = folder / "beside.csv", folder / "instead.csv"
    _write(beside, [header, *changed.values()])
    _write(instead, [header, *(changed.get(place, row) for place, row in enumerate(rows))])
    return {
        "planted": len(chosen),
        "beside": _found(shipped("aflow"), beside),
        "instead": _found(instead),
    }


MISTAKEN = ("bulk_modulus_vrh", "shear_modulus_vrh", "debye_temperature", "thermal_conductivity_300K")
MISTAKES: dict[str, Callable[[float], float]] = {
    "1e9": lambda value: value * 1e9,
    "1000": lambda value: value * 1e3,
    "0.001": lambda value: value / 1e3,
    "log10": math.log10,
}


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def _found(*files: Path) -> dict[str, Any]:
    """How many of each mistake are flagged, and how many flags are on rows that nobody changed."""
    with Store(":memory:") as store:
        for path in files:
            load_file(store, path)
        check_facts(store)
        doubted = "list_has_any(flags, ['unit', 'impossible', 'outlier'])"
        mine = f"""SELECT dataset, count(*) FILTER ({doubted}) FROM flagged_fact
            WHERE source = 'planted' AND method <> 'derived' GROUP BY dataset ORDER BY dataset"""
        flagged = dict(store.rows(mine))
        others = """SELECT count(*) FROM flagged_fact
            WHERE source <> 'planted' AND method <> 'derived' AND list_contains(flags, 'unit')"""
        return {"found": flagged, "in_all": sum(flagged.values()), "unit_flags_elsewhere": store.rows(others)[0][0]}


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    part.__name__: part for part in (rows_50000, raw_50000, computed, raw_computed, formulas, killed, planted)
}
RATIOS = (("times_raw_50000", "rows_50000", "raw_50000"), ("times_raw", "computed", "raw_computed"))


def apart(name: str) -> dict[str, Any]:
    """A part in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.ingest_knowledge", "--here", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure the parts asked for, print them, and put them into the file beside those that it has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append", help="may be repeated; all unless given")
    parser.add_argument("--here", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    if chosen.here:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(PARTS[chosen.here](Path(folder))))
        return
    for name in chosen.part or PARTS:
        found = apart(name)
        print(json.dumps({name: found}), flush=True)
        known = json.loads(chosen.out.read_text(encoding="utf-8")) if chosen.out.exists() else {}
        known[name] = found
        for times, part, limit in RATIOS:
            if part in known and limit in known:
                known[times] = round(known[part]["processor_s"] / known[limit]["processor_s"], 1)
        chosen.out.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
