"""`python -m tests.soak.collect FILE [--how TEXT] RUN...`: rows of `adatom soak --json` into one file, a row a line.

A RUN is what `adatom soak --json` printed, or a clockwork.json of test_clockwork_soak; all of the latter make one row.
A row of the same name, length and seeds takes the place of the one before; any other comes behind those of its name.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adatom.sim.soak.rows.simulated import ROWS

Row = dict[str, Any]
MEASURED_KEPT = 20  # times a trial: the file is to be read
LABORATORY = ROWS[0]


def collected(rows: Sequence[Row], runs: Sequence[dict[str, Any]]) -> list[Row]:
    """The rows of a file with those of the runs in their places."""
    found = list(rows)
    histories = [run for run in runs if "histories" in run]
    fresh = [short(row) | {"minutes": run["minutes"]} for run in runs if "rows" in run for row in run["rows"]]
    for row in fresh + ([laboratory_row(histories)] if histories else []):
        same = [place for place, old in enumerate(found) if _key(old) == _key(row)]
        named = [place for place, old in enumerate(found) if old["row"] == row["row"]]
        if same:
            found[same[0]] = row
        else:
            found.insert(named[-1] + 1 if named else len(found), row)
    return found


def short(row: Row) -> Row:
    """A row with the first of its measured times."""
    return row | {"trials": [trial | {"measured": trial["measured"][:MEASURED_KEPT]} for trial in row["trials"]]}


def laboratory_row(parts: Sequence[dict[str, Any]]) -> Row:
    """One row of many histories. `broken`: seed -> what broke in it."""
    broken = {seed: texts for part in parts for seed, texts in part["broken"].items()}
    texts = [text for one in broken.values() for text in one]
    count = {rule: sum(text.startswith(rule + ":") for text in texts) for rule in ("lost", "duplicate", "out of order")}
    worst_s = max(part["worst_settled_s"] for part in parts)
    return {
        "row": LABORATORY.name, "must": LABORATORY.must, "n": sum(part["faults"] for part in parts),
        "seeds": sorted({seed for part in parts for seed in part.get("seeds", [])}),
        "points": sum(part["points"] for part in parts), "lost": count["lost"], "duplicates": count["duplicate"],
        "order_breaks": count["out of order"], "worst_of": LABORATORY.worst, "measured": len(parts), "worst": worst_s,
        "limit": LABORATORY.limit, "met": not broken, "failed_seeds": sorted(map(int, broken)), "broken": broken,
        "hours": round(sum(part["hours"] for part in parts), 1),
        "runs": sum(part["trials"] for part in parts), "histories": sum(part["histories"] for part in parts),
    }  # fmt: skip


def text_of(how: str, rows: Sequence[Row]) -> str:
    """The file: a row a line, so that a change shows which."""
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    return f'{{"simulated": true,\n "how": {json.dumps(how)},\n "rows": [\n{lines}\n ]}}\n'


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Rows of the soak into one file.")
    parser.add_argument("file", type=Path)
    parser.add_argument("runs", type=Path, nargs="*")
    parser.add_argument("--how", default=None, help="how they came about; as before if it is not given")
    said = parser.parse_args(words)
    held = json.loads(said.file.read_text()) if said.file.exists() else {"how": "", "rows": []}
    rows = collected(held["rows"], [json.loads(path.read_text()) for path in said.runs])
    said.file.write_text(text_of(held["how"] if said.how is None else said.how, rows))


def _key(row: Row) -> tuple[str, float | None, tuple[int, ...]]:
    return row["row"], row.get("minutes"), tuple(row["seeds"])


if __name__ == "__main__":
    main()
