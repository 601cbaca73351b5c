"""A hundred images of each kind of the twin, found again from their files.

python -m tests.benchmarks.images [--images 100] [--first-seed 0] [--out docs/benchmark/images.json]
"""

import argparse
import json
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from tests.cloud.measure.image.twin import Checked, check_film, check_lithium, check_thickness

OUT = Path("docs/benchmark/images.json")
KINDS = {"film": check_film, "lithium": check_lithium, "thickness": check_thickness}


def measured(images: int, first_seed: int = 0) -> dict[str, Any]:
    """Coverage and widths by kind of image and quantity."""
    kinds: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, check in KINDS.items():
            began = time.perf_counter()
            results = [check(seed, Path(folder)) for seed in range(first_seed, first_seed + images)]
            kinds[kind] = {"seconds_each": round((time.perf_counter() - began) / images, 2), **summary(results)}
    return {"images_of_each": images, "first_seed": first_seed, "kinds": kinds}


def summary(results: list[dict[str, Checked]]) -> dict[str, Any]:
    """Of each quantity: how often stated, share in the 95 % interval, median half width (relative where it can be)."""
    gathered: dict[str, list[Checked]] = defaultdict(list)
    for result in results:
        for name, one in result.items():
            gathered[name].append(one)
    rows = {name: _row(found) for name, found in gathered.items()}
    whole = [all(one.holds for one in result.values() if one.estimate is not None) for result in results]
    stated = [one.holds for found in gathered.values() for one in found if one.estimate is not None]
    return {"all": {"stated": len(stated), "holds": _share(stated)}, "images of which all holds": _share(whole), **rows}


def _row(found: list[Checked]) -> dict[str, Any]:
    stated = [one for one in found if one.estimate is not None]
    # where the truth is 0 a width has nothing to be relative to: skewness is left as it is, no droplets are left out
    estimates = [(one.estimate, one.truth) for one in found if one.estimate and (one.truth or not one.estimate.unit)]
    widths = [(estimate.high - estimate.low) / 2.0 / (abs(truth) or 1.0) for estimate, truth in estimates]
    return {
        "stated": len(stated),
        "holds": _share([one.holds for one in stated]),
        "median_half_width": float(f"{np.median(widths):.3g}"),
    }


def _share(holds: list[bool]) -> float:
    return round(float(np.mean(holds)), 3)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0, help="0 is what thresholds were looked at with.")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    text = json.dumps(measured(chosen.images, chosen.first_seed), indent=1)
    chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
