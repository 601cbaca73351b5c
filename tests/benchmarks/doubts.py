"""Planted errors in a copy of the shipped tables: how many `adatom evaluate doubts` finds, and what else it doubts.

    python -m tests.benchmarks.doubts --share 0.5    writes docs/benchmark/doubts.json

The errors are written into the CSV files, and these are loaded as a user's files are. `--share` of the formulas is
taken (all of it: 1). The doubts of the untouched copy go to --flags as a table to be judged by hand.
"""

import argparse
import csv
import gzip
import hashlib
import json
import re
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from adatom.cloud.evaluate.impact.convolution import wilson
from adatom.cloud.evaluate.logic.claims import from_columns, significant_digits
from adatom.cloud.evaluate.logic.doubts import find, words
from adatom.cloud.knowledge.check import check_facts
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.load import load_file
from adatom.cloud.store.store import Store

FILE = Path("docs/benchmark/doubts.json")
NAMES = ("formula", "property", "value", "unit", "source", "dataset", "split")
GPA = ("bulk_modulus_vrh", "shear_modulus_vrh")
ENERGY, GAP = ("formation_energy",), ("band_gap",)


def scaled(factor, least=0.0):
    return lambda row, rng, rows: _with(row, row["value"] * factor) if abs(row["value"]) > least else None


def moved(by):
    return lambda row, rng, rows: _with(row, row["value"] + by)


def logged(row, rng, rows):
    return _with(row, float(np.log10(row["value"]))) if row["value"] > 5 else None


def another(row, rng, rows):
    """The value of a material of other elements, when it is far."""
    other = rows[rng.integers(len(rows))]
    far = other["property"] == row["property"] and abs(other["value"] - row["value"]) > 1.5
    return _with(row, other["value"]) if far else None


METALS = ("Li Na K Mg Ca Sr Ba Al Ga In Ti Zr Hf V Nb Ta Cr Mn Fe Co Ni Cu Zn Ag Au Pd Pt Y La Er Ho").split()  # noqa: SIM905
ALLOY = re.compile(rf"(?:(?:{'|'.join(METALS)})[0-9.]*)+")


def gap_of_insulator(row, rng, rows):
    return _with(row, 6.5) if row["value"] == 0.0 and ALLOY.fullmatch(row["formula"]) else None


def unstable(row, rng, rows):
    """A decomposition energy of 0.8 eV/atom for what another table has on the hull."""
    on_hull = STABLE.get(row["formula"])
    return _with(row, 0.8) if on_hull is not None and on_hull < 0.05 else None


STABLE: dict[str, float] = {}  # formula -> energy above the hull, of the rows at hand


# kind, properties, how the row is changed (None: this row does not serve), how many at --each 1
PLANTS = (
    ("MPa for GPa", GPA, scaled(1e3), 20),
    ("Pa for GPa", GPA, scaled(1e9), 10),
    ("log10 for GPa", GPA, logged, 15),
    ("meV for eV", ENERGY, scaled(1e3, 0.05), 15),
    ("kJ/mol for eV", ENERGY, scaled(96.485, 0.3), 15),
    ("meV for eV, gap", GAP, scaled(1e3, 0.1), 10),
    ("mW for W", ("thermal_conductivity_300K",), scaled(1e3), 10),
    ("ppm for 1/K", ("thermal_expansion_300K",), scaled(1e6), 10),
    ("°C for K", ("debye_temperature",), moved(-273.15), 10),
    ("negative energy above hull", ("energy_above_hull",), scaled(-1.0, 0.03), 15),
    ("sign of formation energy", ENERGY, scaled(-1.0, 0.7), 25),
    ("another material's formation energy", ENERGY, another, 15),
    ("gap of an insulator for a metal", GAP, gap_of_insulator, 10),
    ("unstable by one table, stable by another", ("decomposition_energy",), unstable, 15),
)
DUPLICATES = 50
# formula, S/cm at 25 °C, eV: neither can be with the other
ARRHENIUS = [(f"Li{n}P{n + 1}S9", sigma, barrier) for n in range(1, 6)
             for n, sigma, barrier in ((n, 1e-3, 0.95), (n + 10, 1e-11, 0.12))]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--each", type=float, default=1.0, help="times the numbers of PLANTS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--flags", type=Path, default=None)
    asked = parser.parse_args()
    rows = _rows(asked.share)
    rng = np.random.default_rng(asked.seed)
    changed, planted = plant(rows, rng, asked.each)
    with tempfile.TemporaryDirectory() as folder:
        clean, doubts = judged(Path(folder) / "clean.duckdb", rows, ())
        table, found = judged(Path(folder) / "planted.duckdb", changed, ARRHENIUS)
    if asked.flags:
        write_flags(asked.flags, clean, doubts)
    summary = {"share": asked.share, "seed": asked.seed, "facts": len(clean.y),
               "untouched": _shares(clean, doubts), "planted": _found(table, found, planted)}  # fmt: skip
    asked.file.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(summary, indent=1, ensure_ascii=False))


def plant(rows, rng, each):
    """(rows with errors, {line: kind}): each error in a row of its own, duplicates at the end."""
    rows, planted = [dict(row) for row in rows], {}
    order = rng.permutation(len(rows))
    STABLE.update({row["formula"]: row["value"] for row in rows if row["property"] == "energy_above_hull"})
    for kind, properties, change, n in PLANTS:
        left = max(1, round(n * each))
        for k in order:
            if not left:
                break
            if rows[k]["property"] in properties and k + 2 not in planted:
                made = change(rows[k], rng, rows)
                if made is not None:
                    rows[k], planted[int(k) + 2], left = made, kind, left - 1
    clean = [k for k in order if k + 2 not in planted and _long(rows[k])]
    for k in clean[: max(1, round(DUPLICATES * each))]:
        rows.append(_with(rows[k], rows[k]["value"], formula=_doubled(rows[k]["formula"])))
        planted[len(rows) + 1] = "the row again, formula doubled"
    return rows, planted


def judged(path, rows, arrhenius):
    table = path.with_suffix(".csv")
    _write(table, rows)
    with Store(path) as store:
        load_file(store, table)
        if arrhenius:
            extra = path.with_suffix(".more.csv")
            _write(
                extra,
                [
                    row
                    for formula, sigma, barrier in arrhenius
                    for row in (
                        _row(formula, "ionic_conductivity", sigma, "S/cm"),
                        _row(formula, "activation_energy", barrier, "eV"),
                    )
                ],
            )
            load_file(store, extra)
        check_facts(store)
        claims = from_columns(store.claims(), store.composition_fractions())
        lines = store.claims()["line"]
    return claims._replace(fact=np.asarray(lines, dtype=np.int64)), find(claims)


def write_flags(path, claims, doubts, n=200, seed=0):
    """A draw of the doubts of untouched data, kinds in proportion, for a judgement by hand."""
    real = [doubt for doubt in doubts if doubt.kind != "duplicate"]
    chosen = np.sort(np.random.default_rng(seed).choice(len(real), min(n, len(real)), replace=False))
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["kind", "composition", "why", "verdict", "reason"])
        for k in chosen:
            doubt = real[k]
            said = "; ".join(words(claims, place) for place in doubt.places[:3])
            why = doubt.why if said in doubt.why else f"{doubt.why} [{said}]"
            out.writerow([doubt.kind, claims.compositions[claims.composition[doubt.places[0]]], why, "", ""])


def _shares(claims, doubts):
    kinds = Counter(doubt.kind for doubt in doubts)
    places = {place for doubt in doubts if doubt.kind != "duplicate" for place in doubt.places}
    return {"doubts": dict(kinds), "facts_in_doubt": len(places), "share_of_facts": len(places) / len(claims.y)}


def _found(claims, doubts, planted):
    by_line = {}
    for doubt in doubts:
        for place in doubt.places:
            by_line.setdefault((int(claims.fact[place]), claims.datasets[claims.dataset[place]]), set()).add(doubt.kind)
    table = {}
    for line, kind in planted.items():
        kinds = set().union(*(k for (at, dataset), k in by_line.items() if at == line and "arrhenius" not in dataset))
        right = "duplicate" in kinds if "again" in kind else bool(kinds - {"duplicate"})
        n, hits = table.get(kind, (0, 0))
        table[kind] = (n + 1, hits + right)
    both = {claims.composition[d.places[0]] for d in doubts if d.why.startswith("this conductivity")}
    table["conductivity and activation energy"] = (len(ARRHENIUS), len(both))
    n, hits = (sum(v[k] for v in table.values()) for k in (0, 1))
    return {"n": n, "found": hits, "share": hits / n, "share_95": list(wilson(hits / n, n)),
            "by_kind": {kind: {"n": v[0], "found": v[1]} for kind, v in table.items()}}  # fmt: skip


def _rows(share):
    rows = []
    for name in ("materials_project", "aflow"):
        with gzip.open(shipped(name), "rt", encoding="utf-8", newline="") as stream:
            rows += [row | {"value": float(row["value"])} for row in csv.DictReader(stream) if _chosen(row, share)]
    return rows


def _chosen(row, share):
    return int.from_bytes(hashlib.sha256(row["formula"].encode()).digest()[:4], "big") < share * 2**32


def _with(row, value, **others):
    return row | {"value": value} | others


def _row(formula, name, value, unit):
    return dict(zip(NAMES, (formula, name, value, unit, "made", "arrhenius", "all"), strict=True))


def _long(row):
    long = significant_digits(np.array([row["value"]]))[0] > 3
    return long and row["property"] in ("formation_energy", "band_gap", "total_energy")


def _doubled(formula):
    return f"({formula})2"


def _write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.DictWriter(stream, NAMES)
        out.writeheader()
        out.writerows(rows)


if __name__ == "__main__":
    main()
