"""The benchmark of critical currents, tiny."""

from tests.benchmarks.critical_currents import measured


def test_a_tiny_run_has_every_row() -> None:
    found = measured(pairs=1, true_cells=40, cells=(5,))
    assert {(row["recipe"], row["law"]) for row in found["rows"]} == {
        (recipe, law)
        for recipe in ("annealed at 450 °C", "2 minutes in air", "the same recipe")
        for law in ("Weibull", "lognormal")
    }
    assert all(row["ratio_low"] < row["ratio_high"] for row in found["rows"])
    annealed = found["rows"][0]
    assert annealed["true_ratio"] > 2
