"""A hundred surfaces of the twin found again from their XPS files, in a world as assumed and in uncertain ones.

    python -m tests.benchmarks.xps [--spectra 100] [--out docs/benchmark/xps.json]

In the world "as_assumed" the twin's sensitivities and attenuation lengths are the analysis' own, so its intervals hold
more than 95 %; in "uncertain" each surface has others, drawn with the standard deviations that the analysis states, and
they must hold about 95 %. "counting" are the parts of the intervals that noise and fit make: of as_assumed alone.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from tests.cloud.measure.xps.twin import ATOMS, COUNTING, FILM, SDS_95, SURFACE, Checked, check

OUT = Path("docs/benchmark/xps.json")
WORLDS = {"as_assumed": False, "uncertain": True}
GROUPS = (SURFACE, FILM, ATOMS, COUNTING)


def measured(spectra: int) -> dict[str, Any]:
    """Coverage and widths by world and quantity."""
    began = time.perf_counter()
    worlds = {name: summary([check(seed, uncertain) for seed in range(spectra)]) for name, uncertain in WORLDS.items()}
    worlds["uncertain"] = {name: row for name, row in worlds["uncertain"].items() if not name.startswith(COUNTING)}
    return {"spectra": spectra, "seconds_each": round((time.perf_counter() - began) / spectra / 2, 3), "worlds": worlds}


def summary(results: list[dict[str, Checked]]) -> dict[str, Any]:
    """Of each quantity and of each group of elements: how many, share in the 95 % interval, median half widths."""
    gathered: dict[str, list[Checked]] = defaultdict(list)
    for result in results:
        for name, one in result.items():
            gathered[name].append(one)
            if name.split()[0] in GROUPS:
                gathered[name.split()[0]].append(one)
    whole = [all(one.holds for name, one in result.items() if not name.startswith(COUNTING)) for result in results]
    rows = {name: _row(found) for name, found in sorted(gathered.items())}
    return {"spectra of which all holds": {"stated": len(whole), "holds": round(float(np.mean(whole)), 3)}, **rows}


def _row(found: list[Checked]) -> dict[str, Any]:
    holds = round(float(np.mean([one.holds for one in found])), 3)
    if found[0].limit:
        return {"stated": len(found), "holds": holds}
    widths = [SDS_95 * one.sd for one in found]
    relative = [SDS_95 * one.sd / max(abs(one.value), 1e-3) for one in found]
    return {
        "stated": len(found),
        "holds": holds,
        "median_half_width": float(f"{np.median(widths):.3g}"),
        "median_relative": float(f"{np.median(relative):.3g}"),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spectra", type=int, default=100)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    found = measured(chosen.spectra)
    text = json.dumps(found, indent=1)
    chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
