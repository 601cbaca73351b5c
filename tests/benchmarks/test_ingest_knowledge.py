"""The benchmark of the ingestion, short, and that the page quotes what was measured."""

import json
import re
from pathlib import Path

from tests.benchmarks.ingest_knowledge import first_rows, loaded, raw

ROOT = Path(__file__).parents[2]


def test_a_thousand_rows_are_loaded_and_beside_the_limit(tmp_path: Path) -> None:
    table = first_rows(tmp_path, 1000)
    found = loaded([table], tmp_path)
    assert (found["rows"], found["facts"], found["refused"]) == (1000, 1000, 0)
    assert 0.0 < raw([table], tmp_path)["processor_s"] < found["processor_s"]


def test_the_page_quotes_the_benchmark() -> None:
    page = re.sub(r"\s+", " ", (ROOT / "docs" / "how-to" / "materials.md").read_text(encoding="utf-8"))
    found = json.loads((ROOT / "docs" / "benchmark" / "ingest_knowledge.json").read_text(encoding="utf-8"))
    for rows, part, limit, times in (("50 000", "rows_50000", "raw_50000", "times_raw_50000"),
                                     ("642 630", "computed", "raw_computed", "times_raw")):  # fmt: skip
        one = found[part]
        cells = (rows, one["all_s"], one["processor_s"], one["peak_mb"], found[limit]["processor_s"], found[times])
        assert "| " + " | ".join(map(str, cells)) + " |" in page
    assert f"{found['formulas']['per_s'] // 1000} 000 formulas" in page
    killed = found["killed"]
    assert f"killed {killed['kills']} times" in page
    assert killed["as_in_one_go"]
    wrong, beside, instead = (found["planted"][name] for name in ("planted", "beside", "instead"))
    assert f"Of {wrong} of AFLOW's" in page
    assert f"{beside['in_all']} were flagged when the right value stood beside" in page
    assert f"with nothing to compare with, {instead['in_all']} were" in page
    assert f"log10 in {instead['found']['log10']} and 0.001 in {instead['found']['0.001']} of 60" in page
    assert (instead["found"]["1e9"], instead["found"]["1000"]) == (60, 54)
    assert beside["unit_flags_elsewhere"] == instead["unit_flags_elsewhere"] == 0
    for flag, count in found["computed"]["flags"].items():
        assert f"| {count} |" in page, flag
