"""`python -m tests.fuzz [--n 1000000] [--seed 1] [--only TEXT] [--json FILE]`: the table of every decoder."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .run import fuzz
from .targets import targets


def main() -> int:
    parser = argparse.ArgumentParser(description="Frames of chance into every decoder.")
    parser.add_argument("--n", type=int, default=1_000_000, help="frames a decoder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="decoders whose name holds this text")
    parser.add_argument("--json", type=Path, default=None, help="put the rows into a file; others there stay")
    words = parser.parse_args()
    rows = []
    for target in targets():
        if words.only in target.name:
            rows.append(fuzz(target, words.n, words.seed))
            print(shown(rows[-1]), flush=True)
            if words.json is not None:
                put(words.json, rows[-1:])
    bad = [row["decoder"] for row in rows if row["crashed"] or row["accepted"]]
    print(f"{sum(row['n'] for row in rows)} frames, {len(rows)} decoders, not good: {', '.join(bad) or 'none'}")
    return 1 if bad else 0


def put(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Rows into a file, a row a line, each in the place of the one of its decoder. No crashes are left out."""
    held = json.loads(path.read_text()) if path.exists() else []
    found = {row["decoder"]: row for row in [*held, *rows]}
    lines = [json.dumps({k: v for k, v in row.items() if k != "crashes" or v}) for row in found.values()]
    path.write_text("[\n " + ",\n ".join(lines) + "\n]\n")


def shown(row: dict[str, object]) -> str:
    accepted = "" if row["accepted"] is None else f"  ACCEPTED {row['accepted']}"
    text = (f"{row['decoder']:<22} n {row['n']}  taken {row['taken']}  refused {row['refused']}  "
            f"crashed {row['crashed']}  {row['per_s']}/s  worst {row['worst_ms']} ms{accepted}")  # fmt: skip
    return "\n".join([text, *[f"    {crash}" for crash in row["crashes"]]])  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
