"""The benchmark's records: resumable, honest about what they are, and worth the name on a small run."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from adatom.sim.benchmark import PRIMARY, VERSION, Job, geometric, run, search, summary


def record(variant: str, strategy: str, seed: int, resistance: float) -> dict[str, Any]:
    truth = {PRIMARY: resistance, "cycles_to_failure": 1e5 / resistance}
    reference = {PRIMARY: 150.0, "cycles_to_failure": 100.0}
    return {
        "version": VERSION,
        "variant": variant,
        "seed": seed,
        "strategy": strategy,
        "trials": 10,
        "reference": reference,
        "incumbents": {"10": truth},
        "failed": 1,
        "wall_s": 1.0,
    }


def test_a_search_is_a_pure_function_of_its_job() -> None:
    job = Job("hard", 3, "sobol", 6)
    first, again = search(job), search(job)
    assert {**first, "wall_s": 0} == {**again, "wall_s": 0}
    assert list(first["incumbents"]) == ["6"]
    assert 50.0 < first["reference"][PRIMARY] < 500.0


def test_finished_searches_are_not_run_again(tmp_path: Path) -> None:
    path = tmp_path / "benchmark.jsonl"
    kept = [record("hard", "sobol", seed, 20.0 + seed) for seed in (1, 2)]
    cut_off = json.dumps(record("hard", "bo", 1, 3.0))[:40]
    path.write_text("\n".join([*map(json.dumps, kept), cut_off]), encoding="utf-8")
    options: dict[str, Any] = {"strategies": ("sobol",), "variants": ("hard",), "trials": 10}
    assert run((1, 2), path, **options) == kept


def test_a_missing_search_is_run_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "benchmark.jsonl"
    seen: list[tuple[int, int]] = []
    options: dict[str, Any] = {"strategies": ("random",), "variants": ("standard",), "trials": 3, "workers": 1}
    records = run((5,), path, progress=lambda done, total, _: seen.append((done, total)), **options)
    assert seen == [(1, 1)]
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == records


def test_summary_is_geometric_and_paired_with_the_reference() -> None:
    records = [record("standard", "bo", seed, 10.0**seed) for seed in (0, 1, 2)]
    records += [record("hard", "bo", 0, 30.0)]
    standard, hard = summary(records)
    assert (standard["variant"], hard["variant"]) == ("standard", "hard")
    assert standard[PRIMARY][0] == pytest.approx(10.0)
    assert standard["ratio"][0] == pytest.approx(15.0)
    assert standard["cycles_ratio"][0] == pytest.approx(100.0)
    assert standard["good"] == pytest.approx(2 / 3)
    assert standard[PRIMARY][1] < 10.0 < standard[PRIMARY][2]
    assert hard[PRIMARY] == pytest.approx((30.0, 30.0, 30.0))


def test_the_interval_is_student_s() -> None:
    centre, low, high = geometric([1.0, 100.0])
    assert centre == pytest.approx(10.0)
    half = 12.7062 * math.log(10.0)  # t(0.975, 1) times sd / sqrt(2) = ln 10
    assert math.log(high / centre) == pytest.approx(half, rel=1e-4)
    assert math.log(centre / low) == pytest.approx(half, rel=1e-4)
