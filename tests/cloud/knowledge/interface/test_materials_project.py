"""The shipped energies: what is published comes out, pymatgen agrees, measured enthalpies say how far to trust them.

One file, so that the data are read once.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from adatom.cloud.knowledge.formula import parse_formula
from adatom.cloud.knowledge.interface import cli
from adatom.cloud.knowledge.interface.energies import materials_project
from adatom.cloud.knowledge.interface.literature import PUBLISHED
from adatom.cloud.knowledge.interface.reaction import reaction, subject, window
from adatom.cloud.knowledge.interface.uncertainty import (
    ANIONS,
    CORRECTED,
    S_BLOCK,
    SD_ANION_EV,
    SD_CATION_EV,
    SD_S_BLOCK_EV,
)
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

from tests.cloud.knowledge.interface.enthalpies import ENTHALPIES_KJ_MOL, KJ_MOL_IN_EV

app = typer.Typer()
app.command()(cli.interface)

# material -> largest difference from the published oxidation potential, where another phase than theirs limits it now
LATER_PHASES_V = {"LPS": 0.06, "LGPS": 0.16, "LPSCl": 0.14, "lithium sulfide": 0.14, "LTP": 0.46}


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_reactions_and_windows_come_out(name: str) -> None:
    atoms, known = PUBLISHED[name]
    material = subject(materials_project(), atoms, "Li")
    limits = window(material)
    if known.reaction_ev_atom is not None:
        assert reaction(material).energy_ev_atom == pytest.approx(known.reaction_ev_atom, abs=0.03)
    assert limits.reduction_v == pytest.approx(known.reduction_v, abs=0.015)
    assert limits.oxidation_v == pytest.approx(known.oxidation_v, abs=LATER_PHASES_V.get(name, 0.02))


def test_the_products_of_the_best_known_reactions() -> None:
    phases = materials_project()
    for formula, products in {
        "Li3PS4": {"Li2S", "Li3P"},
        "Li10GeP2S12": {"Li15Ge4", "Li2S", "Li3P"},
        "Li6PS5Cl": {"Li2S", "Li3P", "LiCl"},
        "Li7La3Zr2O12": {"La2O3", "Li2O", "Zr4O"},
    }.items():
        assert set(reaction(subject(phases, parse_formula(formula), "Li")).products) == products


def test_pymatgen_agrees() -> None:
    from pymatgen.analysis.interface_reactions import InterfacialReactivity
    from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram, PDEntry, PhaseDiagram
    from pymatgen.core import Composition, Element

    phases = materials_project()
    for formula in ("Li3PS4", "Li7La3Zr2O12", "LiAlO2"):
        atoms = parse_formula(formula)
        entries = [
            PDEntry(Composition(phase.atoms), phase.energy_ev_atom * sum(phase.atoms.values()))
            for phase in phases.within(atoms)
        ]
        diagram, composition = PhaseDiagram(entries), Composition(atoms)
        material = subject(phases, atoms, "Li")
        found = reaction(material)
        mixed = InterfacialReactivity(composition, Composition("Li"), diagram, use_hull_energy=False)
        assert found.mixing_ev_atom == pytest.approx(mixed.minimum[1], abs=1e-6)
        grand = GrandPotentialPhaseDiagram(entries, {Element("Li"): 0.0})
        rest = Composition({element: amount for element, amount in atoms.items() if element != "Li"})
        energy = (grand.get_hull_energy(rest) - material.energy_ev_atom * sum(atoms.values())) / sum(atoms.values())
        assert found.energy_ev_atom == pytest.approx(energy, abs=1e-6)
        steps = diagram.get_element_profile(Element("Li"), composition)
        potentials = sorted(-step["chempot"] for step in steps)
        assert min(abs(window(material).reduction_v - v) for v in potentials) < 1e-6


def test_the_errors_of_the_data_are_as_large_as_is_said() -> None:
    errors: dict[str, list[float]] = {"s": [], "cation": [], "anion": []}
    for formula, enthalpy in ENTHALPIES_KJ_MOL.items():
        atoms = parse_formula(formula)
        energy = materials_project().energy(atoms)
        assert energy is not None, formula
        error = energy * sum(atoms.values()) - enthalpy * KJ_MOL_IN_EV
        anion = next(element for element in atoms if element in ANIONS)
        cation = next(element for element in atoms if element not in ANIONS)
        kind = "anion" if anion not in CORRECTED else "s" if cation in S_BLOCK else "cation"
        errors[kind].append(error / atoms[anion if kind == "anion" else cation])
    assert sum(map(len, errors.values())) == 77
    sizes = [float(np.sqrt(np.mean(np.square(errors[kind])))) for kind in ("s", "cation", "anion")]
    assert sizes == pytest.approx([SD_S_BLOCK_EV, SD_CATION_EV, SD_ANION_EV], abs=0.006)
    assert float(np.mean(errors["cation"])) == pytest.approx(-0.32, abs=0.01)


def test_the_command_says_reaction_interval_and_window(tmp_path: Path) -> None:
    picture = tmp_path / "interface.png"
    said = run("Li3PS4", "Li2O", "--draws", 20, "--plot", picture)
    assert "Li3PS4 + 8 Li -> 4 Li2S + Li3P" in said
    assert "Li2O + Li: no reaction" in said
    assert "Not a work of adhesion" in said
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_table_with_energies_and_a_material_that_the_data_lack(tmp_path: Path) -> None:
    table = tmp_path / "materials.csv"
    table.write_text("formula,formation_ev_atom,above_hull_ev_atom\nLi6.5La3Zr1.5Ta0.5O12,,0.01\nLi3PS4,-1.2,\n")
    garnet, sulfide = json.loads(run("--table", table, "--draws", 0, "--json"))
    assert garnet["energy_from"] == "hull"
    assert garnet["above_hull_ev_atom"] == pytest.approx(0.01)
    assert "not in the data" in garnet["notes"][0]
    assert sulfide["energy_from"] == "given"
    assert sulfide["formation_ev_atom"] == -1.2
    assert sulfide["interval_90"] is None


WRONG = [
    (["Li3Qq4"], "Qq is no element"),
    ([], "formulas: none given"),
    (["Li2O", "--against", "Fe"], "must be one of Li"),
    (["Li2O", "--above-hull", "-1"], "--above-hull: -1 eV/atom"),
    (["Li2O", "Li2S", "--formation-energy", "-1"], "of one formula alone"),
    (["Li2O", "--formation-energy", "nan"], "nan eV/atom"),
    (["Li2O", "--plot", "x.pdf"], "png"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_mistakes_are_named(arguments: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        run(*arguments)


TABLES = [
    ("name\nLi2O\n", "no column formula"),
    ("formula,formation_ev_atom\nLi2O,low\n", "row 2, column formation_ev_atom: 'low': must be a number"),
    ("formula,above_hull_ev_atom\nLi2O,400\n", "row 2, column above_hull_ev_atom: 400 eV/atom"),
    ("formula,formation_ev_atom\n,-1\n", "no row has a formula"),
]


@pytest.mark.parametrize(("text", "said"), TABLES)
def test_slips_in_a_table_are_named(tmp_path: Path, text: str, said: str) -> None:
    table = tmp_path / "materials.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=said):
        run("--table", table)
