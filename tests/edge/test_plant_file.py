"""What is kept of a step test: the file that a bench reads, the words, the course, the picture."""

import csv
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from adatom.edge.config import default_bench, identified_plant
from adatom.edge.plant_file import Circumstances, save, sentences, tuning
from adatom.edge.plant_fit import Course, fit, simulate

PLANT = default_bench("twin-1").plant
POWERS = [0.0] * 20 + [36.0] * 200 + [60.0] * 200 + [0.0] * 150
COURSE = Course(POWERS, simulate((48.0, 0.65, 0.012, 3.0, 1.0, 24.0), Course(POWERS, [0.0] * len(POWERS)), PLANT))
WHEN = Circumstances("2026-01-02T03:04:05+00:00", "twin-1", "ab" * 32, True, (36.0, 60.0), 10.0, 25.0)


def test_a_bench_reads_what_was_written(tmp_path: Path) -> None:
    found = save(tmp_path / "plant.json", fit(COURSE, PLANT, 600.0), COURSE, WHEN)
    assert json.loads((tmp_path / "plant.json").read_text()) == found
    plant = identified_plant(str(tmp_path / "plant.json"), "twin-1")
    assert plant["heat_capacity_j_k"] == pytest.approx(48.0, rel=1e-3)
    assert set(plant) == {"heat_capacity_j_k", "emissivity", "conductance_w_k", "dead_time_s"}
    assert found["simulated"] is True
    assert found["envelope"] == "ab" * 32
    assert found["conditions"]["pressure_pa"] == 10.0


def test_settings_for_a_controller_are_simc() -> None:
    found = tuning(fit(COURSE, PLANT, 600.0))
    assert found["gain_w_k"] == pytest.approx(48.0 / (3 * 7.0), rel=0.01)
    assert found["integral_s"] == pytest.approx(12 * 7.0, rel=0.01)


def test_the_words_say_whether_it_is_good_enough(tmp_path: Path) -> None:
    good = save(tmp_path / "good.json", fit(COURSE, PLANT, 600.0), COURSE, WHEN)
    assert sentences(good)[-1] == "the fit is good enough to control by"
    short = Course(COURSE.power_w[:60], COURSE.heater_c[:60])
    words = sentences(save(tmp_path / "short.json", fit(short, PLANT, 600.0), short, WHEN))
    assert words[-1].startswith("the fit is NOT good enough: ")
    assert any("their sum is determined, the split is not" in line for line in words)


def test_course_and_picture_stand_beside_it(tmp_path: Path) -> None:
    save(tmp_path / "plant.json", fit(COURSE, PLANT, 600.0), COURSE, WHEN)
    rows = list(csv.DictReader((tmp_path / "plant.csv").read_text().splitlines()))
    assert len(rows) == len(POWERS)
    assert float(rows[100]["power_w"]) == 36.0
    assert float(rows[400]["heater_c"]) == pytest.approx(COURSE.heater_c[400], abs=0.01)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plant.csv", "plant.json", "plant.svg"]
    root = ElementTree.parse(tmp_path / "plant.svg").getroot()
    curves = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(curves) == 4  # measured, fitted, residual, power
    points = [tuple(map(float, pair.split(","))) for curve in curves for pair in curve.attrib["points"].split()]
    assert all(0 <= x <= 720 and 0 <= y <= 470 for x, y in points)
    assert "simulated step test of twin-1" in "".join(root.itertext())
