"""Li2O, LiF and LiCl from first principles beside stored and published values (a quarter of an hour of processor time).

LiCl gave a = 5.191 angstrom (+0.9 %) and B = 31.6 GPa (-1.0 and -1.3 %); Li2O and LiF have not been run to their end.
"""

from pathlib import Path

import pytest
from adatom.cloud.evaluate.atoms.dft_report import curve_data
from adatom.cloud.evaluate.atoms.first_principles import Question
from adatom.cloud.evaluate.atoms.prototypes import PROTOTYPES

from tests.benchmarks.dft import curve

LATTICE, BULK = 0.02, 0.15  # of other PBE calculations: LiCl's is 0.9 % larger in this basis


@pytest.mark.parametrize("formula", PROTOTYPES)
def test_a_compound_beside_what_others_calculated(formula: str, tmp_path: Path) -> None:
    found = curve_data(curve(formula, Question(), tmp_path / "points.jsonl", print))
    print(formula, found["lattice_a"], found["bulk_gpa"], [row["verdict"] for row in found["stored"]])
    assert found["stored"]
    for row in found["stored"]:
        assert found["bulk_gpa"]["value"] == pytest.approx(row["gpa"], rel=BULK)
        assert row["verdict"].startswith("reproduced")
    for one in found["references"]:
        if one["kind"] == "calculated":
            assert found["lattice_a"]["value"] == pytest.approx(one["lattice_a"], rel=LATTICE)
