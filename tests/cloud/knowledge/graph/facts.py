"""What the tests' graph is of.

FalkorDB's Bolt rounds parameters to six decimals, fails at apostrophes and at messages of some kilobytes: that is its
own, so values here are round and batches are small.
"""

ROWS = (
    ("Li7La3Zr2O12", "ionic_conductivity", "0.0003", "S/cm", "10.1000/a"),
    ("Li7La3Zr2O12", "ionic_conductivity", "0.000002", "S/cm", "10.1000/b"),
    ("Li7La3Zr2O12", "bulk_modulus", "100", "GPa", ""),
    ("Li6La3ZrTaO12", "ionic_conductivity", "0.0008", "S/cm", "10.1000/a"),
    ("Li6La3ZrNbO12", "ionic_conductivity", "<0.000001", "S/cm", "10.1000/c(1)x"),
    ("Li2O", "band_gap", "5", "eV", "10.1000/b"),
    ("La2O3", "band_gap", "3.8", "eV", ""),
)


def fill() -> str:
    """The table."""
    return "f,v,p,u,doi\n" + "".join(f"{f},{v},{p},{u},{doi}\n" for f, p, v, u, doi in ROWS)
