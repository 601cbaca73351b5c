# ruff: noqa: E501 - an input a line
"""Inputs of calculations and source code: trees, settings with lines, notes; and whatever is none."""

from pathlib import Path

import pytest
from adatom.cloud.knowledge.documents import read as reading
from adatom.cloud.knowledge.documents.model import Document, walk
from adatom.cloud.knowledge.documents.read import document_of
from adatom.protocol.errors import InputError

PLACE = Path(__file__).parents[4] / "cloud" / "knowledge" / "documents" / "examples"


def example(name: str) -> Document:
    return document_of((PLACE / name).read_bytes(), name)


def settings(document: Document) -> dict[str, tuple[str, int | None]]:
    return {one.name: (one.value, one.line) for one in document.settings}


def test_incar() -> None:
    found = example("INCAR")
    assert settings(found) == {
        "functional": ("PBEsol", 2), "cutoff_ev": ("520", 3), "energy_tolerance_ev": ("1e-06", 4),
        "smearing": ("Gaussian", 4), "smearing_width_ev": ("0.05", 4),
    }  # fmt: skip
    assert found.notes == (
        "line 6: ISPIN = 3: must lie in 1..2",
        "NSW = 100 asks for steps of the ions, IBRION = -1 lets none move",
    )


@pytest.mark.parametrize(
    ("text", "functional"),
    [
        ("LHFCALC = .TRUE.\nHFSCREEN = 0.2", "HSE06"),
        ("LHFCALC = T", "PBE0"),
        ("METAGGA = r2scan", "R2SCAN"),
        ("GGA = PE", "PBE"),
    ],
)
def test_functionals_of_incars(text: str, functional: str) -> None:
    assert settings(document_of(text.encode(), "INCAR"))["functional"][0] == functional


def test_a_cutoff_that_is_no_number_is_noted_and_sets_nothing() -> None:
    found = document_of(b"ENCUT = high\nISMEAR = -5\n", "INCAR")
    assert found.notes[0] == "line 1: ENCUT = high: must be a number"
    assert set(settings(found)) == {"smearing"}


@pytest.mark.parametrize(
    ("text", "mesh"),
    [("c\n0\nGamma\n4 4 4\n", "4×4×4 around gamma"), ("c\n0\nM\n2 3 4\n.5 .5 .5", "2×3×4 Monkhorst-Pack, shifted"),
     ("c\n40\nLine-mode\nrec\n", "path, 40 points a piece"), ("c\n0\nAuto\n25\n", "automatic, length 25")],
)  # fmt: skip
def test_kpoints(text: str, mesh: str) -> None:
    assert settings(document_of(text.encode(), "KPOINTS"))["k_mesh"][0] == mesh


def test_espresso_in_electronvolts_with_the_cell_and_what_cannot_be() -> None:
    found = example("pw.in")
    assert settings(found)["cutoff_ev"] == ("816.342", 6)
    assert settings(found)["functional"][0] == "PBEsol"
    assert settings(found)["k_mesh"] == ("6×6×6 Monkhorst-Pack", 20)
    assert [(one.formula, one.property, one.value, one.line) for one in found.facts] == [
        ("Li2O", "lattice_a", "4.62", 5)
    ]
    assert found.notes == ("ecutrho = 200 Ry is below 4 ecutwfc: no density of these waves fits in it",)
    counts = document_of(b"&system\n nat=3, ecutwfc=40\n/\nATOMIC_POSITIONS crystal\nLi 0 0 0\n", "a.pwi")
    assert counts.notes == ("nat = 3, and ATOMIC_POSITIONS has 1 rows",)


def test_lammps_with_times_by_its_units() -> None:
    found = example("in.melt")
    assert settings(found)["timestep_fs"] == ("1", 8)
    assert settings(found)["simulated_ps"] == ("20", 10)
    assert settings(found)["temperature_k"] == ("600", 9)
    real = document_of(b"units real\ntimestep 2.0\npair_coeff 1 1 0.1\nrun 1000\n", "in.x")
    assert settings(real)["simulated_ps"] == ("2", 4)
    assert real.notes == ("line 3: pair_coeff before any pair_style",)


def test_python_is_read_and_not_run() -> None:
    found = example("bulk.py")
    assert {name: value for name, (value, _) in settings(found).items()} == {
        "cutoff_ev": "520", "functional": "PBE", "k_mesh": "4×4×4",
    }  # fmt: skip
    assert [(one.formula, one.property, one.value, one.line) for one in found.facts] == [
        ("Li2O", "lattice_a", "4.62", 6)
    ]
    assert [node.text for node in found.nodes if node.kind == "import"] == [
        "from ase.build import bulk", "from gpaw import GPAW, PW",
    ]  # fmt: skip
    pyscf = document_of(b"from pyscf import dft\ncell.ke_cutoff = 30\nmf.xc = 'pbe'\nd = {'ENCUT': 400}\n", "a.py")
    assert [(one.name, one.value) for one in pyscf.settings] == [
        ("cutoff_ev", "816.342"),
        ("functional", "pbe"),
        ("cutoff_ev", "400"),
    ]
    alone = document_of(b"f(encut=520)\n", "a.py")
    assert alone.settings[0].confidence < pyscf.settings[0].confidence


@pytest.mark.parametrize(
    ("name", "text", "nodes"),
    [
        ("a.c", "#include <math.h>\nint f(int a) { return g(a, 3); }\n",
         [("import", 1), ("function", 2), ("call", 2), ("constant", 2)]),
        ("a.f90", "program p\n use m\n call s(1.0d0)\nend program p\n",
         [("function", 1), ("import", 2), ("call", 3), ("constant", 3)]),
        ("a.py", "def f():\n  return g(2)\n", [("function", 1), ("call", 2), ("constant", 2)]),
    ],
)  # fmt: skip
def test_trees_of_code(name: str, text: str, nodes: list[tuple[str, int]]) -> None:
    found = document_of(text.encode(), name)
    assert [(node.kind, node.line) for node in walk(found.nodes)] == nodes
    assert found.notes == ()


def test_deep_code_has_a_tree_and_broken_code_a_note() -> None:
    assert document_of(b"f(" * 2_000 + b")" * 2_000, "deep.py").nodes
    assert "does not follow the language" in document_of(b"def f(:\n", "a.py").notes[0]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("INCAR", b"hello", "no INCAR"), ("KPOINTS", b"a\n0\nGamma\n4 4 x\n", "three whole numbers"),
        ("KPOINTS", b"a\n", "1 lines"), ("a.pwi", b"hello", "no namelist"), ("in.x", b"hello", "fewer than two commands"),
        ("a.txt", b"a\0b", "neither a PDF nor a text"), ("a.pdf", b"", "no PDF"), ("a.txt", b"x" * 5_000_001, "at most"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_reason(name: str, data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        document_of(data, name)


def test_every_kind_has_a_reader() -> None:
    assert set(reading.KINDS) == {"incar", "kpoints", "poscar", "espresso", "lammps", "python", "c", "fortran", "text"}
