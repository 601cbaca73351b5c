"""Values of a compound in the shipped databases."""

import csv
import gzip

from adatom.cloud.evaluate.atoms.compile_record import reduced
from adatom.cloud.knowledge.data import shipped


def stored(formula: str, datasets: dict[str, str]) -> dict[str, list[float]]:
    """Source -> values of the formula in a dataset of it; `datasets`: name of the shipped file -> dataset in it."""
    wanted = reduced(formula)
    found: dict[str, list[float]] = {}
    for name, dataset in datasets.items():
        with gzip.open(shipped(name), "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["dataset"] == dataset and reduced(row["formula"]) == wanted:
                    found.setdefault(row["source"], []).append(float(row["value"]))
    return found
