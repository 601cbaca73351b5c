"""`adatom suggest` and `adatom tell` as they are typed, files and all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from adatom.cloud.optimize.strategies import STRATEGIES
from adatom.cloud.optimize.table import files
from adatom.edge import command

from .labs import HEADER, ROWS, SPACE, lab, run


def space_of(table: Path) -> str:
    return str(table.with_name("SPACE.toml"))


def test_a_search_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path)
    table.unlink()
    assert run(monkeypatch, "suggest", str(table), "--space", space_of(table), "-n", "4", "--append") == command.OK
    assert "appended as rows 2 to 5" in capsys.readouterr().out
    lines = table.read_text().splitlines()
    assert lines[0] == HEADER
    assert len(lines) == 5
    for row, words in (
        ("2", ["sigma=0.3"]),
        ("3", ["sigma=0.6", "sigma_sd=0.05", "sample=p1"]),
        ("last", ["failed=cracked"]),
    ):
        assert run(monkeypatch, "tell", str(table), row, *words) == command.OK
    assert "best so far: row 3" in capsys.readouterr().out
    lines = table.read_text().splitlines()
    assert lines[0] == HEADER + ",sigma_sd,sample"
    assert lines[2].endswith(",0.6,,0.05,p1")
    assert lines[4].endswith(",,cracked")
    # the space is remembered
    assert run(monkeypatch, "suggest", str(table), "-n", "2", "--json") == command.OK
    answer = json.loads(capsys.readouterr().out)
    assert (answer["told"], answer["pending"], answer["seed"], answer["ask"]) == (3, 1, 3, 2)
    assert answer["best"]["row"] == 3
    assert all(
        0.0 < one["predicted"]["sigma"]["low"] < one["predicted"]["sigma"]["high"] for one in answer["suggestions"]
    )


def test_the_same_table_gives_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path)
    words = ("suggest", str(table), "--space", space_of(table), "-n", "3")
    said = []
    for _ in range(2):
        assert run(monkeypatch, *words) == command.OK
        said.append(capsys.readouterr().out)
    state = table.with_name("runs.adatom.json").read_text()
    (tmp_path / "elsewhere").mkdir()
    moved = tmp_path / "elsewhere" / "runs.csv"
    moved.write_bytes(table.read_bytes())
    moved.with_name("SPACE.toml").write_text(SPACE)
    moved.with_name("runs.adatom.json").write_text(state)
    assert run(monkeypatch, "suggest", str(moved), "-n", "3") == command.OK
    said.append(capsys.readouterr().out.replace(str(moved), str(table)))
    assert said[0] == said[1] == said[2]
    assert table.read_bytes() == moved.read_bytes()


def test_an_append_that_died_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path)
    before = table.read_bytes()
    words = ("suggest", str(table), "--space", space_of(table), "-n", "2", "--append")

    def die(source: str, target: object) -> None:
        if str(target).endswith(".csv"):
            raise OSError(28, "No space left on device")
        replace(source, target)

    replace = os.replace
    with monkeypatch.context() as dying:
        dying.setattr(files.os, "replace", die)
        assert run(monkeypatch, *words) == command.FAILED
    assert table.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert run(monkeypatch, *words) == command.OK
    appended = table.read_bytes()
    assert appended.startswith(before)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    assert run(monkeypatch, "suggest", str(lab(fresh)), *words[2:]) == command.OK
    assert (fresh / "runs.csv").read_bytes() == appended


@pytest.mark.parametrize("edit", ["1150,6,air,0.6,0.3,0.1,0.7,\n", None])
def test_a_table_edited_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], edit: str | None
) -> None:
    table = lab(tmp_path)
    mkstemp = files.tempfile.mkstemp

    def edited(**words: str) -> tuple[int, str]:
        if ".csv" in words["prefix"]:
            table.unlink() if edit is None else table.write_text(table.read_text() + edit)
        return mkstemp(**words)

    monkeypatch.setattr(files.tempfile, "mkstemp", edited)
    assert run(monkeypatch, "tell", str(table), "5", "sigma=0.4", "--space", space_of(table)) == command.FAILED
    assert "changed while it was worked on; nothing is written" in capsys.readouterr().err
    assert not table.exists() if edit is None else table.read_text().endswith(edit)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_all_mistakes_are_named_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = (
        "1600,2,air,0.8,0.2,0,0.3,",
        "1000,x,N2,0.8,0.2,0,0.3,",
        "1000,2,N2,0.8,0.2,0,0.3,",
        "1000,2,air,0.8,0.4,0,0.3,",
        "1000,2,air,0.8,0.2,0,-1,",
        "1000,,air,0.8,0.2,0,,",
        "1000,2,5,air,0.8,0.2,0,0.3,",
    )
    table = lab(tmp_path, (HEADER, *ROWS, *bad))
    words = ("suggest", str(table), "--space", space_of(table))
    assert run(monkeypatch, *words) == command.WRONG_USE
    said = capsys.readouterr().err
    assert f"{table}: 7 bad rows" in said
    for expected in (
        "row 6: sinter_c 1600 is outside 900 to 1250",
        "row 7, column hold_h: 'x': must be a number",
        "row 8, column atmosphere: 'N2': must be one of air, O2, Ar",
        "row 9: dopants adds up to 1.2, not 1",
        "row 10, column sigma: -1.0: must be a finite number above 0",
        "row 11, column hold_h: empty: must be a number",
        "row 12: 9 cells, the header has 8",
    ):
        assert expected in said, said
    assert "Traceback" not in said
    assert not table.with_name("runs.adatom.json").exists()
    before = table.read_bytes()
    assert run(monkeypatch, *words, "--skip-bad", "--append") == command.OK
    assert capsys.readouterr().out.count("note: left out: row ") == 8  # row 12 has two mistakes
    assert table.read_bytes().startswith(before)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["9", "sigma=1"], "'9': must be last or a row of"),
        (["5", "sigma"], "must be NAME=VALUE with NAME one of sigma, failed, sigma_sd, sigma_n, sample"),
        (["5", "hold_h=3"], "must be NAME=VALUE"),
        (["5", "sigma=much"], "'much': must be a number"),
        (["5", "sigma=-1"], "must be a finite number above 0"),
        (["5", "sigma_sd=1"], "empty, but its standard deviation or count is there"),
        (["5", "sigma=1", "sigma=2"], "given twice"),
        (["2", "sigma=1"], "holds '0.31' already: --force overwrites it"),
    ],
)
def test_a_result_that_is_none_leaves_the_table_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    table = lab(tmp_path)
    before = table.read_bytes()
    assert run(monkeypatch, "tell", str(table), *words, "--space", space_of(table)) == command.WRONG_USE
    assert problem in capsys.readouterr().err
    assert table.read_bytes() == before


def test_a_forced_result_is_not_called_a_change_but_an_edit_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path)
    assert run(monkeypatch, "suggest", str(table), "--space", space_of(table)) == command.OK
    assert run(monkeypatch, "tell", str(table), "2", "sigma=0.33", "--force") == command.OK
    assert run(monkeypatch, "suggest", str(table)) == command.OK
    assert "changed since" not in capsys.readouterr().out
    table.write_text(table.read_text().replace(",0.33,", ",3.3,").replace(ROWS[1] + "\n", ""))
    assert run(monkeypatch, "suggest", str(table)) == command.OK
    said = capsys.readouterr().out
    assert "changed since the last time: row 2 was sigma 0.33 and now is sigma 3.3" in said
    assert "what was row 3 (sinter_c 1100" in said


def test_only_candidates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    table = lab(tmp_path)
    cupboard = tmp_path / "cupboard.csv"
    cupboard.write_text(
        "shelf;Nb;Ta;Zr;atmosphere;hold_h;sinter_c\nA;0;0,2;0,8;air;2;1000\nB;0,1;0,1;0,8;O2;3,5;1010\n"
    )
    words = (
        "suggest",
        str(table),
        "--space",
        space_of(table),
        "-n",
        "3",
        "--among",
        str(cupboard),
        "--append",
        "--json",
    )
    assert run(monkeypatch, *words) == command.OK
    answer = json.loads(capsys.readouterr().out)
    assert [(one["row"], one["point"]["sinter_c"]) for one in answer["suggestions"]] == [(6, 1010.0)]
    assert answer["suggestions"][0]["why"].startswith("row 3 of cupboard.csv; ")
    assert answer["warnings"] == ["1 in place of 3: cupboard.csv has no more that are new"]
    assert run(monkeypatch, *words) == command.FAILED
    assert "no candidate is left" in capsys.readouterr().err


def test_a_corrected_space_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path)
    space = table.with_name("SPACE.toml")
    words = ("suggest", str(table), "--space", str(space), "--json")
    notes = []
    for change in (("step = 10 }", "integer = true }"), ('atmosphere = ["air", "O2", "Ar"]\n', "")):
        assert run(monkeypatch, *words) == command.OK
        capsys.readouterr()
        space.write_text(space.read_text().replace(*change))
        assert run(monkeypatch, *words) == command.OK
        notes.append(json.loads(capsys.readouterr().out)["changed"])
    assert notes == [[], ["the space no longer has atmosphere"]]


def test_a_table_that_is_not_there_is_said_to_be_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    space = space_of(lab(tmp_path))
    assert run(monkeypatch, "suggest", str(tmp_path / "rums.csv"), "--space", space) == command.OK
    assert "rums.csv is not there yet: taken for an empty table" in capsys.readouterr().out


def test_candidates_of_one_furnace_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path, space=SPACE.replace("step = 10 }", "step = 10, hard_to_change = true }"))
    rows = [f"{c},{h},air,0.8,0.2,0" for c, h in ((1000, 3), (1010, 3), (1010, 5), (1020, 3))]
    cupboard = tmp_path / "cupboard.csv"
    cupboard.write_text("\n".join(["sinter_c,hold_h,atmosphere,Zr,Ta,Nb", *rows]) + "\n")
    words = ("suggest", str(table), "--space", space_of(table), "-n", "3", "--among", str(cupboard))
    assert run(monkeypatch, *words) == command.OK
    shown = capsys.readouterr().out
    assert "note: 2 in place of 3: cupboard.csv has no more that are new with one setting of sinter_c" in shown
    assert run(monkeypatch, *words, "--json") == command.OK
    answer = json.loads(capsys.readouterr().out)
    assert [one["point"]["sinter_c"] for one in answer["suggestions"]] == [1010.0, 1010.0]


def test_the_tables_own_dialect_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path)
    header = "note;sigma;failed;sinter_c;hold_h;atmosphere;Zr;Ta;Nb"
    text = f'{header}\r\n"a;""b";0,31;;1000;2,5;air;0,8;0,2;0\r\nx;;;1010;2;O2;1;0;0\r\n;;;;;;;;\r\n'
    table.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert run(monkeypatch, "tell", str(table), "3", "sigma=0,25", "--space", space_of(table)) == command.OK
    told = text.replace("x;;;1010", "x;0,25;;1010")
    assert table.read_bytes() == b"\xef\xbb\xbf" + told.encode()
    assert run(monkeypatch, "suggest", str(table), "--append") == command.OK
    lines = table.read_bytes().decode("utf-8-sig").split("\r\n")
    assert lines[:3] == told.split("\r\n")[:3]
    assert lines[3].startswith(";;;")  # the empty row of the spreadsheet is filled
    assert "," in lines[3]
    assert "." not in lines[3]


def test_a_first_space_from_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "runs.csv"
    table.write_text(
        "sinter_c,time_s,gas,Zr,Ta,Nb,sigma,note\n1000,20,air,0.8,0.2,0,0.31,good\n1100,5000,O2,0.7,0.2,0.1,,\n"
        "1000.5,300,Ar,0.6,0.1,0.3,0.2,\n"
    )
    assert run(monkeypatch, "suggest", str(table)) == command.WRONG_USE
    assert "--init" in capsys.readouterr().err
    assert run(monkeypatch, "suggest", str(table), "--init") == command.OK
    text = table.with_name("SPACE.toml").read_text()
    assert 'gas = ["air", "O2", "Ar"]' in text
    assert "time_s = { low = 20.0, high = 5000.0, log = true }" in text
    assert "parts = { Zr = [0.6, 0.8], Ta = [0.1, 0.2], Nb = [0.0, 0.3] }" in text
    assert 'name = "sigma"' in text
    assert run(monkeypatch, "suggest", str(table), "--init") == command.WRONG_USE
    assert run(monkeypatch, "suggest", str(table), "--space", space_of(table), "-n", "2") == command.OK


def test_a_damaged_state_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path)
    whole = {"version": 1, "seed": 0, "asks": 0, "digest": "", "space": "", "asked": [], "rows": []}
    inside = [{"rows": [5]}, {"rows": [[2, {}, 5]]}, {"rows": [["2", {}, None]]}, {"asked": ["x"]}, {"seed": -1}]
    damaged = [json.dumps(whole | change) for change in (*inside, {"seed": True}, {"more": 1}, {"version": 2})]
    for text in ("", "{}", "[]", '{"version": 1}', "\x00", *damaged):
        table.with_name("runs.adatom.json").write_text(text)
        assert run(monkeypatch, "suggest", str(table), "--space", space_of(table)) == command.WRONG_USE
        assert "runs.adatom.json: damaged" in capsys.readouterr().err


def test_replicates_samples_and_known_noise_reach_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = lab(tmp_path, (HEADER, *ROWS))
    widths = []
    for sd in ("", "0.001"):
        rows = [
            f"1000,2,air,0.8,0.2,0,0.31,,{sd},a",
            f"1000,2,air,0.8,0.2,0,0.33,,{sd},b",
            f"1100,4,O2,0.7,0.2,0.1,0.52,,{sd},b",
        ]
        plain.write_text("\n".join([HEADER + ",sigma_sd,sample", *rows]) + "\n")
        plain.with_name("runs.adatom.json").unlink(missing_ok=True)
        assert run(monkeypatch, "suggest", str(plain), "--space", space_of(plain), "--json") == command.OK
        answer = json.loads(capsys.readouterr().out)
        assert answer["told"] == 3
        widths.append(answer["suggestions"][0]["predicted"]["sigma"])
    assert widths[0] != widths[1]


def test_a_thousand_rows_are_read_and_appended_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{900 + 10 * (i % 36)},{1 + i % 23},air,0.8,0.2,0,," for i in range(1000)]
    table = lab(tmp_path, (HEADER, *rows))
    before = table.read_bytes()
    assert run(monkeypatch, "suggest", str(table), "--space", space_of(table), "-n", "2", "--append") == command.OK
    assert table.read_bytes().startswith(before)
    assert table.read_bytes().count(b"\n") == 1003
    assert "rows 1002 to 1003" in capsys.readouterr().out


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    table = lab(tmp_path)
    script = (
        "import typer; from adatom.cloud.optimize.table import cli\n"
        "app = typer.Typer(); app.command()(cli.suggest); app()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "runs.csv", "--space", "SPACE.toml", "--append", "--json"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["suggestions"][0]["row"] == 6
    assert table.read_bytes().count(b"\n") == 6


def test_the_help_names_every_strategy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "suggest", "--help") == command.OK
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"{name}" in shown.partition("--strategy")[2].partition("--seed")[0] for name in STRATEGIES)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_strategy_serves_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], strategy: str
) -> None:
    table = lab(tmp_path)
    words = ("suggest", str(table), "--space", space_of(table), "-n", "2", "--strategy", strategy, "--json")
    said = []
    for _ in range(2):
        assert run(monkeypatch, *words) == command.OK
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[1]
    assert said[0]["strategy"] == strategy
    assert len({json.dumps(one["point"]) for one in said[0]["suggestions"]}) == 2


def test_two_at_once_lose_no_row(tmp_path: Path) -> None:
    table = lab(tmp_path)
    before = table.read_bytes()
    script = (
        "import sys; from pathlib import Path; from adatom.protocol.errors import FailedError\n"
        "from adatom.cloud.optimize.table.files import read_table, write_table\n"
        "n = 0\n"
        "while n < 20:\n"
        "    file = read_table(Path('runs.csv'))\n"
        "    row = len(file.grid.rows) + 1\n"
        "    try: write_table(file, file.grid.with_cells({(row, 1): sys.argv[1] + str(n)}, '.')); n += 1\n"
        "    except FailedError: pass\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, name], cwd=tmp_path) for name in ("a", "b")]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    assert table.read_bytes().startswith(before)
    added = table.read_text().splitlines()[len(before.splitlines()) :]
    assert sorted(added) == sorted(f"{name}{n}" for name in "ab" for n in range(20))


def test_left_out_rows_are_not_called_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path)
    assert run(monkeypatch, "suggest", str(table), "--space", space_of(table)) == command.OK
    table.write_text(table.read_text().replace("0.52", "O.52"))
    assert run(monkeypatch, "suggest", str(table), "--skip-bad") == command.OK
    said = capsys.readouterr().out
    assert "left out: row 3, column sigma: 'O.52'" in said
    assert "changed since" not in said


def test_the_budget_and_the_goal_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    space = SPACE.replace("seed = 3", "seed = 3\nbudget = 4").replace("log = true\n\n", "") + "threshold = 0.4\n"
    table = lab(tmp_path, space=space)
    assert run(monkeypatch, "suggest", str(table), "--space", space_of(table)) == command.OK
    said = capsys.readouterr().out
    assert "the budget of 4 is used up" in said
    assert "the goal, sigma 0.4, is reached by row 3, the model believes" in said


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = lab(tmp_path)
    (tmp_path / "share").mkdir()
    kept = table.rename(tmp_path / "share" / "kept.csv")
    kept.chmod(0o660)
    table.symlink_to(kept)
    assert run(monkeypatch, "tell", str(table), "5", "sigma=0.4", "--space", space_of(table)) == command.OK
    assert table.is_symlink()
    assert ",0.4," in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o660


def test_a_kill_leaves_the_old_table_or_the_new_one(tmp_path: Path) -> None:
    table = lab(tmp_path)
    before = table.read_bytes()
    script = (
        "from pathlib import Path; from adatom.cloud.optimize.table.files import read_table, write_table\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    file = read_table(Path('runs.csv'))\n"
        "    write_table(file, file.grid.with_cells({(len(file.grid.rows) + 1, 1): 'x' * 5000}, '.'))\n"
    )
    for _ in range(3):
        running = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE)
        assert running.stdout is not None
        assert running.stdout.readline() == b"ready\n"
        grown = table.stat().st_size
        while table.stat().st_size < grown + 20_000:
            assert running.poll() is None
        running.kill()
        running.wait()
        running.stdout.close()
        data = table.read_bytes()
        assert data.startswith(before)
        assert set(data[len(before) :].splitlines()) == {b"x" * 5000}
        assert data.endswith(b"\n")
    files.replace_file(table, before)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_table_open_in_a_spreadsheet_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path)
    (tmp_path / ".~lock.runs.csv#").touch()
    words = ("suggest", str(table), "--space", space_of(table))
    assert run(monkeypatch, *words) == command.OK
    assert "seems to be open" not in capsys.readouterr().out
    assert run(monkeypatch, *words, "--append") == command.OK
    assert "seems to be open in LibreOffice: load it again there before you save" in capsys.readouterr().out


def test_a_seed_is_kept_until_another_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = lab(tmp_path, (HEADER,))
    words = ("suggest", str(table), "--space", space_of(table), "--json")
    answers = []
    for seed in ((), ("--seed", "7"), (), ("--seed", "3")):
        assert run(monkeypatch, *words, *seed) == command.OK
        answers.append(json.loads(capsys.readouterr().out))
    assert [answer["seed"] for answer in answers] == [3, 7, 7, 3]
    assert answers[0] == answers[3]
    assert answers[1] == answers[2]
    assert answers[0]["suggestions"] != answers[1]["suggestions"]


def test_several_objectives_are_spoken_of_by_their_front(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["x,thin,cheap", "0,9,1", "0.2,6,1.5", "0.5,4,3", "0.8,2,6", "1,1.5,9", "0.9,8,8"]
    objectives = '[[objectives]]\nname = "thin"\n[[objectives]]\nname = "cheap"\n'
    table = lab(tmp_path, lines, f"[space]\nx = [0.0, 1.0]\n{objectives}")
    page = tmp_path / "page.html"
    words = ("suggest", str(table), "--space", space_of(table), "-n", "2")
    assert run(monkeypatch, *words, "--html", str(page)) == command.OK
    said = capsys.readouterr().out
    assert "joins front" in said
    assert "best so far, by the weighted sum of losses: row " in said
    assert "% to the hypervolume of the front" in said
    assert run(monkeypatch, *words, "--json") == command.OK
    answer = json.loads(capsys.readouterr().out)
    for one in answer["suggestions"]:
        assert one["trade"]["row"] in answer["best"]["front"]
        assert {*one["trade"]["better"], *one["trade"]["worse"]} <= {"thin", "cheap"}
        assert f"row {one['trade']['row']}" in one["why"]
        assert one["why"] in page.read_text(encoding="utf-8")
    shown = page.read_text(encoding="utf-8")
    assert "<th>joins front</th>" in shown
    assert "Rows that no other beats in all objectives: " in shown
