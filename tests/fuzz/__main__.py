"""`python -m tests.fuzz [--n 1000000] [--seed 1] [--only TEXT] [--json FILE]`: the table of every decoder."""

import argparse
import json
import sys
from pathlib import Path

from .run import fuzz
from .targets import targets


def main() -> int:
    parser = argparse.ArgumentParser(description="Frames of chance into every decoder.")
    parser.add_argument("--n", type=int, default=1_000_000, help="frames a decoder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="decoders whose name holds this text")
    parser.add_argument("--json", type=Path, default=None, help="write the rows to a file")
    words = parser.parse_args()
    rows = []
    for target in targets():
        if words.only in target.name:
            rows.append(fuzz(target, words.n, words.seed))
            print(shown(rows[-1]), flush=True)
            if words.json is not None:
                words.json.write_text(json.dumps(rows, indent=1) + "\n")
    bad = [row["decoder"] for row in rows if row["crashed"] or row["accepted"]]
    print(f"{sum(row['n'] for row in rows)} frames, {len(rows)} decoders, not good: {', '.join(bad) or 'none'}")
    return 1 if bad else 0


def shown(row: dict[str, object]) -> str:
    accepted = "" if row["accepted"] is None else f"  ACCEPTED {row['accepted']}"
    text = (f"{row['decoder']:<22} n {row['n']}  taken {row['taken']}  refused {row['refused']}  "
            f"crashed {row['crashed']}  {row['per_s']}/s  worst {row['worst_ms']} ms{accepted}")  # fmt: skip
    return "\n".join([text, *[f"    {crash}" for crash in row["crashes"]]])  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
