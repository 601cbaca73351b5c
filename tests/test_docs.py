"""Commands and files that the docs name exist, and their pictures and links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from adatom.edge import command

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
GROUPS = "campaign|cloud|edge|sim|pki|broker|export|bridge|eis|cycle|import|materials"
ALONE = "demo|suggest|tell|xps|image|correlate|influence|certificate|verify|audit"
COMMAND = re.compile(rf"\badatom ((?:{GROUPS}) [a-z-]+|{ALONE})((?: --[a-z0-9-]+)*)")
LINK = re.compile(r"\]\(([^)#]+)\)")
NAMED_FILE = re.compile(r"`((?:edge|cloud|protocol|sim|tests|docs)/[A-Za-z0-9_./-]+)`")
EXAMPLE_FILE = re.compile(r"(?<![\w/])((?:sim|cloud)/[A-Za-z0-9_./-]+\.(?:toml|jsonl?(?:\.gz)?|csv(?:\.gz)?|DTA|vms))")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in LINK.findall(text):
        assert link.startswith("http") or (page.parent / link).exists(), link
    for name in NAMED_FILE.findall(text) + EXAMPLE_FILE.findall(text):
        assert (ROOT / name).exists(), name


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree of commands is put together once, not for each of a hundred helps."""
    tree = command.assemble()
    monkeypatch.setattr(command, "assemble", lambda word="": tree)


@pytest.mark.usefixtures("once")
def test_commands_in_the_docs_exist(capsys: pytest.CaptureFixture[str]) -> None:
    found = {match for page in PAGES for match in COMMAND.findall(page.read_text(encoding="utf-8"))}
    assert len(found) > 10
    shown: dict[str, str] = {}
    for words, options in sorted(found):
        if words not in shown:
            assert command.run([*words.split(), "--help"]) == command.OK, words
            shown[words] = capsys.readouterr().out
        for option in options.split():
            assert option in shown[words], f"adatom {words} has no {option}"


@pytest.mark.usefixtures("once")
def test_every_command_is_in_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert command.run(["--help"]) == command.OK
    groups = re.findall(r"^  ([a-z][a-z-]*)  ", capsys.readouterr().out, re.MULTILINE)
    assert "campaign" in groups
    for group in groups:
        command.run([group, "--help"])
        shown = capsys.readouterr().out
        names = (
            re.findall(r"^  ([a-z][a-z-]*)  ", shown.split("Commands:")[1], re.MULTILINE)
            if "Commands:" in shown
            else [""]
        )
        for name in names:
            assert f"`adatom {group} {name}".rstrip() + "`" in reference, f"adatom {group} {name}"


def test_the_lines_that_the_page_on_the_optimizer_shows_run() -> None:
    page = (ROOT / "docs" / "explanation" / "optimizer.md").read_text(encoding="utf-8")
    lines = [line[4:] for line in page.splitlines() if line.startswith("    ")]
    assert "from adatom.cloud.optimize import" in lines[0]
    shown = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True).stdout
    assert "no model yet" in shown or "chance to beat" in shown
    assert "go on" in shown
