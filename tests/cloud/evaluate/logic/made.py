"""Facts that are made for the tests: a small lawful world of oxides whose properties hang together."""

import numpy as np
from adatom.cloud.evaluate.logic.claims import Claims, from_columns

METALS = ("Li", "Na", "K", "Mg", "Ca", "Sr", "Ba", "Al", "Ga", "In", "Ti", "Zr", "Hf", "La", "Y", "Zn", "Fe", "Ni")
COLUMNS = ("composition", "property", "value", "source", "dataset")


Rows = list[tuple[str, str, float, str, str]]
Atoms = dict[str, dict[str, float]]


def world(seed: int = 0, n: int = 420) -> tuple[Rows, Atoms]:
    """(rows of COLUMNS, composition -> atoms): moduli, energies, and a second table of the formation energy."""
    rng = np.random.default_rng(seed)
    strength = dict(zip(METALS, rng.normal(0.0, 1.0, len(METALS)), strict=True))
    rows, atoms = [], {}
    while len(atoms) < n:
        a, b = rng.choice(METALS, 2, replace=False)
        amounts = {str(a): int(rng.integers(1, 6)), str(b): int(rng.integers(1, 6)), "O": int(rng.integers(1, 9))}
        name = "".join(f"{e}{k}" for e, k in sorted(amounts.items()))
        if name in atoms:
            continue
        atoms[name] = amounts
        share = amounts["O"] / sum(amounts.values())
        mean = sum(strength[e] * k for e, k in amounts.items() if e != "O") / (sum(amounts.values()) - amounts["O"])
        bulk = 10.0 ** (1.6 + 0.8 * share + 0.1 * mean + rng.normal(0.0, 0.03))
        formation = -4.0 * share + 0.2 * mean + rng.normal(0.0, 0.05)
        hull = max(0.0, rng.normal(0.0, 0.02))
        rows += [(name, "bulk_modulus", bulk, "A", "K"), (name, "shear_modulus", 0.55 * bulk, "A", "G"),
                 (name, "formation_energy", formation, "A", "E"), (name, "formation_energy", formation, "B", "E"),
                 (name, "energy_above_hull", hull, "A", "hull")]  # fmt: skip
    return rows, atoms


def claims(rows: Rows, atoms: Atoms, **columns: list) -> Claims:
    """The claims of rows; `columns` replaces what rows do not tell (comparison, temperature_c, phase, dois)."""
    n = len(rows)
    facts = {name: np.array([row[k] for row in rows], dtype=object) for k, name in enumerate(COLUMNS)}
    facts |= {"fact": np.arange(n), "comparison": np.array(["="] * n, object), "temperature_c": np.full(n, np.nan),
              "phase": np.array([""] * n, object), "dois": np.array([""] * n, object)}  # fmt: skip
    facts |= {name: np.array(values) for name, values in columns.items()}
    parts = [(name, e, k / sum(of.values())) for name, of in atoms.items() for e, k in of.items()]
    named = {name: [part[k] for part in parts] for k, name in enumerate(("composition", "element", "fraction"))}
    return from_columns(facts, named)  # type: ignore[arg-type]
