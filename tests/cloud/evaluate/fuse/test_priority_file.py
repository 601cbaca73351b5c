"""The file of priorities: what is read, and that anything else is an InputError."""

from pathlib import Path

import pytest
from adatom.cloud.evaluate.fuse.priority_file import MOST_BYTES, read_priorities
from adatom.protocol.errors import InputError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def test_ratios_and_fractions(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('[ada]\n"logic : novelty" = 3\n"logic:meta" = "1/4"\n[bo-2]\n"meta : impact" = 2.5\n')
    assert read_priorities(path) == {
        "ada": {("logic", "novelty"): 3.0, ("logic", "meta"): 0.25},
        "bo-2": {("meta", "impact"): 2.5},
    }


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "has no expert"),
        ("x = 1", "must be a table"),
        ("[pipeline]\n", "not 'pipeline'"),
        ('["a b"]\n', "a name is"),
        ("[ada]\nlogic = 3\n", "a colon between"),
        ('[ada]\n"logic : beauty" = 3\n', "two of logic"),
        ('[ada]\n"logic : meta" = 0\n', "1 to 9"),
        ('[ada]\n"logic : meta" = nan\n', "1 to 9"),
        ('[ada]\n"logic : meta" = true\n', "1 to 9"),
        ('[ada]\n"logic : meta" = "1/0"\n', "1 to 9"),
        ("[ada", "cannot be read"),
        ("#" * (MOST_BYTES + 1), "at most"),
    ],
)
def test_what_is_refused_says_where(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=word):
        read_priorities(path)


@given(st.binary(max_size=200))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_priorities_or_an_input_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(raw)
    try:
        read_priorities(path)
    except InputError:
        return
