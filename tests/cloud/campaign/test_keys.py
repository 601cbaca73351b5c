"""Lines of TOML keys."""

import tomllib
from typing import Any

import pytest
from adatom.cloud.campaign.keys import Path, key_lines, line_of

TEXT = '''\
# comment = 1
a = 1
b.c = "# = [" # a comment with [ in it
"quoted key" = {x = 1, y = [2]}
list = [
  1,  # d = 2
  [2],
]
text = """
e = 1
[f]
"""
[one.two]
g = 'it is'
[[three]]
h = 1
[[three]]
h = 2
[three.four]
i = 3
'''


def paths_of(value: Any, path: Path = ()) -> list[Path]:
    """Every key of a parsed TOML value; tables inside values (inline) excluded."""
    found: list[Path] = []
    for key, inner in value.items():
        found.append((*path, key))
        if isinstance(inner, dict) and key != "quoted key":
            found += paths_of(inner, (*path, key))
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for place, member in enumerate(inner):
                found += [(*path, key, place), *paths_of(member, (*path, key, place))]
    return found


def test_every_key_that_toml_knows_has_a_line_and_no_other() -> None:
    assert sorted(map(str, key_lines(TEXT))) == sorted(map(str, paths_of(tomllib.loads(TEXT))))


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("a", 2),
        ("b.c", 3),
        ("quoted key.x", 4),
        ("list", 5),
        ("text", 9),
        ("one.two.g", 14),
        ("three[0].h", 16),
        ("three[1].h", 18),
        ("three[1].four.i", 20),
        ("three[1].four.missing", 19),
        ("nothing", 1),
    ],
)
def test_line_of(where: str, line: int) -> None:
    assert line_of(key_lines(TEXT), where) == line
