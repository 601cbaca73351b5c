"""The cloud file: every mistake is named with file, key, value and what is allowed."""

from pathlib import Path

import pytest
from adatom.cloud.cli import read_config
from adatom.protocol.errors import InputError


def test_defaults(tmp_path: Path) -> None:
    path = tmp_path / "cloud.toml"
    path.write_text('database = "lab.duckdb"\nkeys = "keys.json"\n')
    assert read_config(path) == {"broker": "embedded", "port": 1883, "database": "lab.duckdb", "keys": "keys.json"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('database = "a"', "keys: missing"),
        ('database = "a"\nkeys = "b"\nport = 0', "port: 0: must be"),
        ('database = "a"\nkeys = "b"\nport = "x"', "port: 'x': must be"),
        ('database = 5\nkeys = "b"', "database: 5"),
        ('database = "a"\nkeys = "b"\ncolour = 1', "colour: unknown key"),
        ("database =", "not TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "cloud.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=problem):
        read_config(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml: cannot be read"):
        read_config(tmp_path / "nowhere.toml")
