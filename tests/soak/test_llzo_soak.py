"""Tetragonal LLZO by molecular mechanics beside the values of its potential; sheared or starved of lithium it fails."""

import numpy as np
import pytest
from adatom.cloud.evaluate.atoms.compile_record import compiled
from adatom.cloud.evaluate.atoms.crystal import Crystal, deformed
from adatom.cloud.evaluate.atoms.mechanics import Question, examine
from adatom.cloud.evaluate.atoms.structure import of_obelix
from adatom.cloud.knowledge.data import shipped
from adatom.protocol.errors import InputError

LLZO = "wyu"  # OBELiX: tetragonal Li7La3Zr2O12, 192 ions


def part_of(whole: Crystal, kept: list[int]) -> Crystal:
    return Crystal(whole.cell, tuple(whole.symbols[k] for k in kept), whole.fractional[kept])


def test_llzo_has_the_lattice_and_the_moduli_of_its_potential() -> None:
    """Calculated with the same tables before: a 13.114, c 12.645 angstrom, K 108, G 55, E 141 GPa; within 10 %."""
    found = examine(of_obelix(LLZO).crystal, Question(), "LLZO")
    assert found.stable, found.reasons
    assert found.moduli is not None
    assert found.relaxed.crystal.lengths == pytest.approx([13.114, 13.114, 12.645], rel=0.02)
    assert found.moduli.bulk_gpa.value == pytest.approx(108.0, rel=0.10)
    assert found.moduli.shear_gpa.value == pytest.approx(55.0, rel=0.10)
    assert found.moduli.young_gpa.value == pytest.approx(141.0, rel=0.10)
    print(found.relaxed.crystal.lengths, found.moduli)


def test_a_sheared_cell_of_llzo_fails() -> None:
    shear = np.eye(3)
    shear[0, 1] = 0.3
    found = examine(deformed(of_obelix(LLZO).crystal, shear), Question(), "sheared")
    print(found.reasons)
    assert not found.stable


def test_llzo_that_lost_lithium_and_oxygen_fails() -> None:
    """Half of its lithium gone as Li2O, so that the cell stays neutral and the potential can be asked."""
    whole = of_obelix(LLZO).crystal
    lithium = [k for k, symbol in enumerate(whole.symbols) if symbol == "Li"]
    oxygen = [k for k, symbol in enumerate(whole.symbols) if symbol == "O"]
    gone = set(lithium[::2]) | set(oxygen[:: len(oxygen) // (len(lithium[::2]) // 2)][: len(lithium[::2]) // 2])
    kept = [k for k in range(len(whole)) if k not in gone]
    found = examine(part_of(whole, kept), Question(), "starved")
    print(found.reasons)
    assert not found.stable


def test_llzo_that_lost_lithium_alone_is_refused() -> None:
    whole = of_obelix(LLZO).crystal
    kept = [k for k, symbol in enumerate(whole.symbols) if symbol != "Li" or k % 2]
    with pytest.raises(InputError, match="too little lithium"):
        examine(
            Crystal(whole.cell, tuple(whole.symbols[k] for k in kept), whole.fractional[kept]), Question(), "starved"
        )


def test_the_record_is_what_the_shipped_tables_give() -> None:
    assert compiled() == shipped("reproduction").read_text(encoding="utf-8")
