"""The campaign file: shipped examples load, mistakes are refused with the line of the key."""

import shutil
from pathlib import Path

import adatom.sim as sim
import pytest
from adatom.cloud.campaign.file import Twin, load_campaign, parse_campaign
from adatom.cloud.campaign.runner import told_of_failure
from adatom.protocol.errors import InputError

DEMO = Path(next(iter(sim.__path__))) / "demo"
TEXT = (DEMO / "campaign.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "variant"), [("campaign.toml", "standard"), ("campaign_hard.toml", "hard")])
def test_the_shipped_examples_load(name: str, variant: str) -> None:
    campaign = load_campaign(DEMO / name)
    assert campaign.benches[0].twin == Twin(1, variant)
    assert campaign.benches[0].broker is None
    assert campaign.check(campaign.reference) == []
    assert campaign.space.covers(campaign.reference)
    assert [o.name for o in campaign.objectives if o.weight > 0] == ["r_interface_ohm_cm2"]


def test_failures_are_a_recipe_s_own_unless_the_file_says_otherwise() -> None:
    campaign = load_campaign(DEMO / "campaign.toml")
    assert told_of_failure("laser_fault: no light", campaign.mishaps) == {"mishap": "laser_fault: no light"}
    assert told_of_failure("delamination", campaign.mishaps) == {"failed": "delamination"}
    assert told_of_failure(" ", ()) == {"failed": "failed"}


def test_the_hard_example_keeps_its_promises() -> None:
    campaign = load_campaign(DEMO / "campaign_hard.toml")
    for recipe in campaign.space.points(campaign.space.sobol(64, 1)):
        assert recipe["interlayer"] == "none"
        assert recipe["anneal_c"] <= 400.0
        assert recipe["air_exposure_min"] >= 5.0


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("seed = 1", "sed = 1", "sed", "unknown key"),
        ("mishaps = [", 'mishaps = ["", ', "mishaps", "texts that reasons"),
        ("seed = 1", 'seed = "one"', "seed", "whole number"),
        ('name = "demo"', 'name = "Demo 1"', "name", "a-z"),
        ('strategy = "bo"', 'strategy = "luck"', "strategy", "bo, ga, gpr-greedy, random, sobol"),
        ("fluence_j_cm2 = [0.6, 4.0]", "fluence_j_cm2 = [0.6, 9.0]", "fluence_j_cm2", "allows 0.6 to 4 J/cm2"),
        ("Al = [0.0, 0.4]", "Fe = [0.0, 0.4]", "Fe", "unknown element"),
        ("La = 3.0\n", "La = 1.0\n", "[space.cations]", "impossible with the mounted targets"),
        ("total = 2.0", "total = 3.5", "total", "sums of 1 to 3"),
        ('"Al2O3", "ZnO"]', '"Al2O3", "Ge"]', "interlayer =", "none, Al2O3, ZnO"),
        ("deposition_max_min", "deposition_min", "deposition_min", "unknown key"),
        ("trials = 12", "trials = 0", "trials", "1 to 10000"),
        ("batch = 1", "batch = 13", "batch", "1 to 12"),
        ('name = "uniformity"', 'name = "beauty"', 'name = "beauty"', "uniformity"),
        ("threshold = 15.0", "treshold = 15.0", "treshold", "unknown key"),
        ("materials = true", "materials = 1", "materials", "true or false"),
        ("world = 1", "wolrd = 1", "twin", "unknown key"),
        ('"standard" }', '"easy" }', "twin", "standard, hard"),
        ("substrate_c = 600.0", "substrate_c = 900.0", "substrate_c = 900", "400 to 720"),
        ("pulses = 6000", "pulses = 6000.5", "pulses = 6000.5", "whole number"),
        ("Ta = 0.5 }", "Ta = 0.8 }", "cations = {", "mounted targets"),
        ('envelope = "envelope.json"', 'envelope = "nothing.json"', "envelope =", "cannot be read"),
        ('name = "twin-1"', 'name = "twin-2"', 'name = "twin-2"', "envelope of bench 'twin-1'"),
        ("[budget]", "[budget", "[budget", "not TOML"),
    ],
)
def test_a_mistake_is_refused_with_its_line(old: str, new: str, key: str, says: str) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    line = next(n for n, content in enumerate(text.splitlines(), 1) if content.startswith(key) or new in content)
    if key.startswith("[space"):
        line = text.splitlines().index(next(row for row in text.splitlines() if row.startswith(key))) + 1
    with pytest.raises(InputError) as error:
        parse_campaign(text, "my.toml", DEMO)
    assert error.value.where == f"my.toml:{line}"
    assert says in str(error.value)


@pytest.mark.parametrize("table", ["objectives", "benches", "reference", "budget"])
def test_a_missing_table_is_refused(table: str) -> None:
    text = TEXT.replace(f"[{table}]", "[space2]").replace("[space2]", "[constraints.x]")
    with pytest.raises(InputError):
        parse_campaign(text, "my.toml", DEMO)


def test_a_bench_may_have_a_broker(tmp_path: Path) -> None:
    shutil.copy(DEMO / "envelope.json", tmp_path)
    line = next(row for row in TEXT.splitlines() if row.startswith("twin ="))
    file = tmp_path / "campaign.toml"
    file.write_text(TEXT.replace(line, 'broker = "mqtts://cloud.example:8883"'), encoding="utf-8")
    bench = load_campaign(file).benches[0]
    assert (bench.broker, bench.twin) == ("mqtts://cloud.example:8883", None)
    file.write_text(TEXT.replace(line, 'broker = "http://cloud"'), encoding="utf-8")
    with pytest.raises(InputError, match="mqtt://host:1883"):
        load_campaign(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_campaign(tmp_path / "none.toml")
