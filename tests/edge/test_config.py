"""The bench file: defaults, ranges, and errors that name file, field, value and what is allowed."""

import json
from pathlib import Path
from typing import Any

import pytest
from adatom.edge.config import THINNABLE, bench_from_dict, default_bench, load_bench
from adatom.protocol.channels import NAMES
from adatom.protocol.errors import InputError

FIELDS: dict[str, Any] = {
    "bench": "twin-1",
    "envelope": "envelope.json",
    "broker": "mqtt://localhost",
    "key_file": "/etc/adatom/bench.key",
    "journal_dir": "journal",
}
DEMO = Path(__file__).parents[2] / "sim" / "demo" / "bench.toml"


def test_what_is_left_out_has_a_default() -> None:
    bench = bench_from_dict(FIELDS)
    assert (bench.tick_hz, bench.telemetry_hz, bench.loops, bench.ports) == (10, 1, ("direct", "direct"), {})
    assert bench.plant.heat_capacity_j_k == 50.0
    assert bench.process == default_bench("twin-1").process


def test_given_values_count_and_whole_numbers_become_floats() -> None:
    bench = bench_from_dict({**FIELDS, "plant": {"emissivity": 1}, "process": {"ramp_c_min": 10}})
    assert bench.plant.emissivity == 1.0
    assert isinstance(bench.plant.emissivity, float)
    assert bench.process.ramp_c_min == 10.0


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"speed": 3}, "speed: unknown key"),
        ({"bench": "Twin 1"}, "bench name 'Twin 1': must be 1 to 32"),
        ({"broker": ""}, "broker = '': must be a text"),
        ({"cert_file": "a.pem"}, "cert_file: needs cert_key_file as well"),
        ({"cert_key_file": "a.key"}, "cert_key_file: needs cert_file as well"),
        ({"cert_file": "a.pem", "cert_key_file": "a.key"}, "cert_file: needs ca_file as well"),
        ({"password_file": "secret"}, "password_file: needs user as well"),
        ({"user": 5}, "user = 5: must be a text"),
        ({"tick_hz": 0}, "tick_hz = 0: must be a whole number in 1 to 100 Hz"),
        ({"tick_hz": 10.5}, "tick_hz = 10.5: must be a whole number"),
        ({"mode": "direct"}, 'mode: replaced by [loops]: heater and pressure, each "direct" or "supervised"'),
        ({"loops": {"heater": "auto"}}, "loops.heater = 'auto': must be one of direct, supervised"),
        ({"loops": {"valve": "direct"}}, "loops.valve: unknown loop, allowed are heater, pressure"),
        ({"loops": "direct"}, "loops: must be a table"),
        ({"plant": {"mass": 1}}, "plant.mass: unknown key, allowed are heat_capacity_j_k"),
        ({"plant": {"emissivity": 1.5}}, "plant.emissivity = 1.5: must be a number in 0.05 to 1"),
        ({"plant": 3}, "plant: must be a table"),
        ({"process": {"ramp_c_min": "fast"}}, "process.ramp_c_min = 'fast': must be a number in 1 to 100 K/min"),
        ({"ports": {"oven": {}}}, "ports.oven: unknown role, allowed are laser, heater"),
        ({"ports": {"heater": {"driver": "eurotherm"}}}, "ports.heater.port = None: must be a text"),
        ({"ports": {"heater": {"driver": "e", "port": "p", "baud": 1}}}, "ports.heater.baud: unknown key"),
    ],
)
def test_a_mistake_is_named(change: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError) as caught:
        bench_from_dict({**FIELDS, **change}, "bench.toml")
    assert str(caught.value).startswith("bench.toml: ")
    assert text in str(caught.value)


def test_a_file_in_toml_or_json_gives_the_same_with_paths_beside_it(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps(FIELDS))
    toml = "\n".join(f'{key} = "{value}"' for key, value in FIELDS.items())
    (tmp_path / "bench.toml").write_text(toml)
    bench = load_bench(str(tmp_path / "bench.toml"))
    assert bench == load_bench(str(tmp_path / "bench.json"))
    assert bench.envelope == str(tmp_path / "envelope.json")
    assert bench.key_file == "/etc/adatom/bench.key"


@pytest.mark.parametrize(("name", "content"), [("a.toml", b"x = "), ("a.json", b"{"), ("a.toml", b"\xff")])
def test_a_broken_file_is_an_input_error_with_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        load_bench(str(tmp_path / name))


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_bench(str(tmp_path / "none.toml"))


def test_the_example_is_valid() -> None:
    assert load_bench(str(DEMO)).bench == "twin-1"


def plant_file(folder: Path, **changes: Any) -> Path:
    """A bench file that names a plant file, and that plant file."""
    entries = {
        "emissivity": {"value": 0.61, "sd": 0.01, "unit": ""},
        "dead_time_s": {"value": 6.1, "sd": 0.2, "unit": "s"},
    }
    found = {"version": 1, "bench": "twin-1", "plant": entries, "fit": {"good": True}} | changes
    (folder / "plant.json").write_text(json.dumps(found))
    file = folder / "bench.json"
    file.write_text(json.dumps(FIELDS | {"plant_file": "plant.json", "plant": {"dead_time_s": 9.0}}))
    return file


def test_a_plant_file_gives_the_plant_and_the_bench_file_has_the_last_word(tmp_path: Path) -> None:
    file = plant_file(tmp_path)
    plant = load_bench(str(file)).plant
    assert (plant.emissivity, plant.dead_time_s, plant.heat_capacity_j_k) == (0.61, 9.0, 50.0)
    assert load_bench(str(file), identified=False).plant.emissivity == 0.7


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"version": 2}, "is no plant file of version 1"),
        ({"plant": 3}, "is no plant file of version 1"),
        ({"bench": "other"}, "was identified on bench 'other', not on 'twin-1'"),
        ({"fit": {"good": False}}, "its fit is not good enough to control by"),
        ({"plant": {"emissivity": {"value": 7}}}, "plant.emissivity = 7: must be a number in 0.05 to 1"),
        ({"plant": {"mass": {"value": 7}}}, "plant.mass: unknown key"),
        ({"plant": {"emissivity": 0.5}}, "is no plant file of version 1"),
    ],
)
def test_a_plant_file_that_must_not_be_used_is_named(changes: dict[str, Any], text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_bench(str(plant_file(tmp_path, **changes)))
    assert text in str(caught.value)


def test_a_plant_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    file = plant_file(tmp_path)
    (tmp_path / "plant.json").unlink()
    with pytest.raises(InputError) as caught:
        load_bench(str(file))
    assert "plant.json: cannot be read" in str(caught.value)
    with pytest.raises(InputError, match="plant_file = 3: must be a text"):
        bench_from_dict({**FIELDS, "plant_file": 3})


def test_paths_are_beside_the_bench_file_and_a_user_is_no_path(tmp_path: Path) -> None:
    files = {"ca_file": "ca.pem", "cert_file": "tls/cert.pem", "cert_key_file": "/etc/key.pem", "user": "pld",
             "password_file": "secret"}  # fmt: skip
    (tmp_path / "bench.json").write_text(json.dumps(FIELDS | files))
    bench = load_bench(str(tmp_path / "bench.json"))
    assert bench.ca_file == f"{tmp_path}/ca.pem"
    assert bench.cert_file == f"{tmp_path}/tls/cert.pem"
    assert (bench.cert_key_file, bench.user) == ("/etc/key.pem", "pld")
    assert bench.password_file == f"{tmp_path}/secret"


@pytest.mark.parametrize("thin", [["heater_c"], ["reflectance", "pulses"], "reflectance", [1], {"reflectance": 1}])
def test_no_channel_of_an_interlock_is_thinned(thin: object) -> None:
    assert set(THINNABLE) <= set(NAMES)
    fields = dict.fromkeys(("bench", "envelope", "broker", "key_file", "journal_dir"), "twin-1")
    assert bench_from_dict(fields | {"thin": ["reflectance", "target_c"]}).thin == ["reflectance", "target_c"]
    assert bench_from_dict(fields).thin == []
    with pytest.raises(InputError, match=r"thin = .*must be a list of valve_pct"):
        bench_from_dict(fields | {"thin": thin})
