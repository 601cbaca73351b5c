"""A place for a result that cannot be written is told before the work begins, by every command that writes one."""

from pathlib import Path

import pytest
from adatom.edge import command
from adatom.protocol.errors import InputError
from adatom.protocol.output_path import output_file


def test_missing_folders_are_made_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "page.html"
    assert output_file(path) == path
    assert list(path.parent.iterdir()) == []
    assert output_file(None) is None


def test_what_is_there_stays_until_the_result_is(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("before")
    assert output_file(path) == path
    assert path.read_text() == "before"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (".", "is a folder"),
        ("file/page.html", "cannot be written: "),
        ("/proc/page.html", "/proc/page.html: cannot be"),
    ],
)
def test_what_cannot_be_written_is_refused(place: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=text):
        output_file(tmp_path / place)


@pytest.mark.parametrize(
    "words",
    [
        ["edge", "matrix", "--html"],
        ["edge", "identify", "bench.toml", "--output"],
        ["sim", "adapt", "--svg"],
        ["sim", "adapt", "--output"],
        ["sim", "validate", "--output"],
        ["campaign", "report", "x.duckdb", "--output"],
        ["eis", "fit", "x.DTA", "--plot"],
    ],
    ids=" ".join,
)
def test_every_command_asks_before_its_work(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run([*words, str(tmp_path)]) == command.WRONG_USE
    assert f"{tmp_path}: is a folder" in capsys.readouterr().err
