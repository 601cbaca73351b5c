"""The worked example of docs/how-to/optimise-a-table.md: its commands run in its order and say what stands there.

What a model computes may move with the model; the texts around the numbers, and every refusal, may not.
"""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from adatom.edge import command

from .labs import run

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "how-to" / "optimise-a-table.md"
EXAMPLES = ROOT / "cloud" / "optimize" / "table" / "examples"
BLOCK = re.compile(r"((?:^    .*\n|^\n(?=    ))+)", re.MULTILINE)


def blocks() -> list[tuple[str, str]]:
    """(command, output) of the page."""
    found = []
    for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for part in re.split(r"^    \$ ", block, flags=re.MULTILINE)[1:]:
            typed, _, output = part.partition("\n")
            found.append((typed, re.sub(r"^    ", "", output, flags=re.MULTILINE).strip("\n")))
    return found


def notebook() -> str:
    """The Python lines of the page."""
    (block,) = [block for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if "    from pathlib" in block]
    return re.sub(r"^    ", "", block, flags=re.MULTILINE)


def shape(text: str) -> list[str]:
    """The words that lines begin with: no numbers, and nothing of what a model thinks of them."""
    return [line.split()[0] for line in text.splitlines() if line.strip() and not re.match(r"[ #\d]", line)]


def test_the_page_says_what_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in EXAMPLES.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "118")
    found = blocks()
    assert sum(typed.startswith("adatom ") for typed, _ in found) >= 6
    lines = notebook()
    for typed, output in found:
        if typed.startswith("sed -i"):  # the page spoils the table only after its figures
            exec(compile(lines, str(PAGE), "exec"), {})
        words = shlex.split(typed)
        if words[0] != "adatom":
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            assert done.stdout.strip("\n") == output
            continue
        code = run(monkeypatch, *words[1:])
        shown = capsys.readouterr()
        if output.startswith("error:"):
            assert code == command.WRONG_USE
            assert shown.err.strip() == output
        else:
            assert code == command.OK, shown.err
            assert shape(shown.out) == shape(output), typed
            assert shown.out.splitlines()[0] == output.splitlines()[0]


def test_the_examples_say_that_they_are_invented() -> None:
    assert "INVENTED" in (EXAMPLES / "garnets.toml").read_text(encoding="utf-8")
    assert "**Its results are invented**" in PAGE.read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES.glob("*.csv") if "sigma" in path.read_text()] == ["invented_garnets.csv"]
