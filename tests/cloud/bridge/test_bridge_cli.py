"""What a user does wrong with `adatom bridge` is told in one line, before anything is connected."""

import sys
from pathlib import Path

import pytest
from adatom.edge import command

BROKERS = ["--broker", "mqtt://127.0.0.1:1", "--to", "mqtt://127.0.0.1:1"]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """(exit code, the one line)."""
    code = command.run(["bridge", *words])
    text = capsys.readouterr().err
    assert text.count("\n") == 1, text
    return code, text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--group", "a/b"], "--group: 'a/b': must be 1 to 64 printable characters without + / #"),
        (["--node", ""], "--node: ''"),
        (["--host", "#"], "--host: '#'"),
        (["--bench", "PLD 1"], "--bench: bench name 'PLD 1': must be 1 to 32 of a-z, 0-9 and -"),
        (["--tls", "nowhere"], "certificates are for mqtts:// only"),
        (["--to-password-file", "nowhere"], "nowhere: a password needs a user"),
    ],
)
def test_wrong_words(capsys: pytest.CaptureFixture[str], words: list[str], text: str) -> None:
    code, shown = said(capsys, "sparkplug", *BROKERS, *words)
    assert (code, text in shown) == (command.WRONG_USE, True), shown


def test_a_url_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("sparkplug", "home-assistant"):
        code, shown = said(capsys, kind, "--broker", "mqtt://a", "--to", "http://b")
        assert (code, "'http://b': must be mqtt://host" in shown) == (command.WRONG_USE, True), shown


@pytest.mark.parametrize("text", ["", "256", "-1", "seven", "0" * 1000])
def test_a_state_file_that_says_something_else(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:  # fmt: skip
    (tmp_path / "bdseq").write_text(text)
    code, shown = said(capsys, "sparkplug", *BROKERS, "--state", str(tmp_path / "bdseq"))
    assert (code, "must be a number from 0 to 255" in shown) == (command.WRONG_USE, True), shown


def test_without_protobuf(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    code, shown = said(capsys, "sparkplug", *BROKERS)
    assert (code, shown) == (
        command.FAILED, "error: adatom bridge sparkplug needs protobuf: pip install 'adatom[bridges]'\n",
    )  # fmt: skip
