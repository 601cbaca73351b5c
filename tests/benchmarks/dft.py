"""Lattice constants and bulk moduli of three compounds from first principles, and what the settings do to one of them.

python -m tests.benchmarks.dft [--points FILE] [--out docs/benchmark/dft.json]    (about half an hour of processor time)
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from adatom.cloud.evaluate.atoms.dft_report import curve_data
from adatom.cloud.evaluate.atoms.electrons import size_of, solved
from adatom.cloud.evaluate.atoms.first_principles import QUICK, QUICK_SCALES, Curve, Question, examine, settings_of
from adatom.cloud.evaluate.atoms.points_file import keeping
from adatom.cloud.evaluate.atoms.prototypes import PROTOTYPES

OUT = Path("docs/benchmark/dft.json")
VARIED = "LiCl"
FULL = Question(scales=QUICK_SCALES)  # the same volumes in all: what is compared is one setting at a time
VARIANTS = {
    "as it is": FULL,
    "8 k points": replace(FULL, k_points=2),
    "64 k points": replace(FULL, k_points=4),
    "coarser grid (2.2)": replace(FULL, fineness=2.2),
    "finer grid (4.0)": replace(FULL, fineness=4.0),
    "basis gth-dzvp": replace(FULL, basis="gth-dzvp"),
    "basis gth-tzvp": replace(FULL, basis="gth-tzvp"),
    "--quick": QUICK,
}


def curve(formula: str, question: Question, points: Path, told: Callable[[str], None]) -> Curve:
    """The curve of a compound by its formula."""
    crystal = PROTOTYPES[formula].crystal()
    settings = settings_of(crystal, size_of(crystal, question.basis, formula), question)
    return examine(crystal, question, settings, keeping(solved, points), told)


def short(found: Curve) -> dict[str, Any]:
    """What a variant comes to."""
    data = curve_data(found)
    kept = ("settings", "lattice_a", "bulk_gpa", "scatter_ev", "cpu_s")
    return {name: data[name] for name in kept}


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="First principles beside stored and published values.")
    parser.add_argument("--points", type=Path, default=Path("dft-points.jsonl"), help="energies are kept here")
    parser.add_argument("--out", type=Path, default=OUT)
    said = parser.parse_args(words)

    def told(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    variants = {name: short(curve(VARIED, question, said.points, told)) for name, question in VARIANTS.items()}
    compounds = [curve_data(curve(formula, Question(), said.points, told)) for formula in PROTOTYPES]
    held = {"how": "python -m tests.benchmarks.dft", "compounds": compounds, "varied": VARIED, "variants": variants}
    said.out.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
