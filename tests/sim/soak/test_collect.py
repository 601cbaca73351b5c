"""The file of the soak's rows: what comes anew stands in its place, and nothing else moves."""

import json
from pathlib import Path
from typing import Any

from tests.soak.collect import MEASURED_KEPT, collected, laboratory_row, main

FILE = Path(__file__).parents[3] / "docs" / "benchmark" / "soak.json"


def row(name: str, seeds: tuple[int, ...] = (1,), **more: Any) -> dict[str, Any]:
    return {"row": name, "seeds": list(seeds), "trials": [{"measured": list(range(50))}]} | more


def run(*rows: dict[str, Any], minutes: float = 0.5) -> dict[str, Any]:
    return {"simulated": True, "minutes": minutes, "rows": list(rows)}


HISTORIES = {"histories": 2, "seeds": [5, 6], "hours": 48.04, "points": 10, "trials": 3, "faults": 7,
             "worst_settled_s": 6.5, "broken": {}}  # fmt: skip


def test_a_row_comes_behind_those_of_its_name_or_takes_its_own_place() -> None:
    rows = collected([], [run(row("a"), row("b"))])
    rows = collected(rows, [run(row("a", (2,), n=2)), run(row("a", n=3), minutes=5.0), run(row("a", n=4))])
    assert [(one["row"], one["minutes"], one["seeds"], one.get("n")) for one in rows] == [
        ("a", 0.5, [1], 4), ("a", 0.5, [2], 2), ("a", 5.0, [1], 3), ("b", 0.5, [1], None),
    ]  # fmt: skip
    assert len(rows[0]["trials"][0]["measured"]) == MEASURED_KEPT


def test_histories_make_one_row() -> None:
    broken = HISTORIES | {"seeds": [7], "worst_settled_s": 9.0, "broken": {"7": ["lost: x", "started twice: y"]}}
    found = laboratory_row([HISTORIES, broken])
    assert (found["n"], found["hours"], found["seeds"], found["worst"]) == (14, 96.1, [5, 6, 7], 9.0)
    assert (found["lost"], found["duplicates"], found["met"], found["failed_seeds"]) == (1, 0, False, [7])
    assert laboratory_row([HISTORIES])["met"]


def test_the_file_is_written_a_row_a_line_and_stays_as_it_is_without_a_run(tmp_path: Path) -> None:
    path, run_path = tmp_path / "soak.json", tmp_path / "run.json"
    run_path.write_text(json.dumps(run(row("a"), row("b"))))
    main([str(path), str(run_path), "--how", "by hand"])
    text = path.read_text()
    assert json.loads(text)["how"] == "by hand"
    assert len(text.splitlines()) == 6
    main([str(path)])
    assert path.read_text() == text


def test_what_is_not_met_in_the_file_of_the_docs_says_why() -> None:
    rows = json.loads(FILE.read_text())["rows"]
    assert [one["row"] for one in rows if not one["met"] and not one.get("broken")] == []
