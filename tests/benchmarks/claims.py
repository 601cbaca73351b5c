"""Share of planted errors that `adatom evaluate check` finds, and of right claims that it calls wrong. SIMULATED.

python -m tests.benchmarks.claims [--claims 3000] [--out docs/benchmark/claims.json]
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from adatom.cloud.evaluate.verify.report import check_all

from tests.cloud.evaluate.verify.planted import claims

OUT = Path("docs/benchmark/claims.json")
SEED = 20


def measure(count: int) -> dict[str, Any]:
    """Kind -> [called wrong, of]; `named`: of those found, how many with a likely slip."""
    made = claims(count, SEED)
    found = check_all([one for _, one in made])
    total = Counter(kind for kind, _ in made)
    pairs = list(zip(made, found, strict=True))
    wrong = Counter(kind for (kind, _), one in pairs if one.wrong)
    named = Counter(kind for (kind, _), one in pairs if one.wrong and one.verdict.slip)
    kinds = {kind: {"wrong": wrong[kind], "of": total[kind], "named": named[kind]} for kind in sorted(total)}
    planted = [kind for kind in kinds if kind != "right"]
    return {
        "seed": SEED,
        "kinds": kinds,
        "found_share": sum(wrong[kind] for kind in planted) / sum(total[kind] for kind in planted),
        "false_alarm_share": wrong["right"] / total["right"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=3000)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    measured = measure(chosen.claims)
    chosen.out.write_text(json.dumps(measured, indent=1) + "\n")
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
