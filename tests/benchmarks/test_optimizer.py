"""The optimizer's benchmarks, short: they run, resume, report; problems and scores are what they say. No rank."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.optimizer import ask_time, peers, report, run, scores
from tests.benchmarks.optimizer.problem import Problem, check
from tests.benchmarks.optimizer.problems import FAMILIES, POOLS, names, problem, scale_of
from tests.benchmarks.optimizer.search import best_observed, search
from tests.benchmarks.optimizer.space import Mixture, Number, Space

PAGE = f"# Page\n{report.BEGIN}\nold\n{report.END}\nrest\n"
TINY = ["branin", "blend3"]
QUICK = [name for name in names() if name not in POOLS]


def lines(folder: Path) -> list[str]:
    return [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]


def test_two_problems_run_resume_and_become_a_report(tmp_path: Path) -> None:
    wanted = list(run.jobs(TINY, ["adatom", "random"], [0, 1]))
    assert run.run(tmp_path, wanted[:3], evaluations=8) == 3
    before = lines(tmp_path)
    with (tmp_path / "random.jsonl").open("a") as file:
        file.write('{"version": 1, "cut off')
    assert run.run(tmp_path, wanted, evaluations=8) == len(wanted) - 3
    assert set(before) < set(lines(tmp_path))
    assert run.run(tmp_path, wanted, evaluations=8) == 0
    page = report.written(PAGE, report.figures(run.records(tmp_path)))
    assert page.startswith("# Page\n")
    assert page.endswith(f"{report.END}\nrest\n")
    assert "| plain |" in page
    assert "old" not in page


def test_a_cut_off_line_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "random.jsonl").write_text('{"version": 1, "cut off')
    run.run(tmp_path, run.jobs(["branin"], ["random"], [0]), evaluations=6)
    assert [run.key(record) for record in run.records(tmp_path)] == [("branin", "random", 0)]


def test_again_forgets_only_what_is_named(tmp_path: Path) -> None:
    run.run(tmp_path, run.jobs(TINY, ["random", "sobol"], [0]), evaluations=6)
    run.forget(tmp_path, ["branin"], ["random"])
    assert {run.key(record)[:2] for record in run.records(tmp_path)} == {
        ("blend3", "random"),
        ("branin", "sobol"),
        ("blend3", "sobol"),
    }


@pytest.mark.parametrize("method", ["random", "sobol", "sklearn_ei", "pymoo_ga", "adatom"])
@pytest.mark.parametrize("name", ["melt_shared", "blend6_of_3", "branin_kinds"])
def test_every_method_of_the_everyday_environment_stays_in_the_space(method: str, name: str) -> None:
    record = search(problem(name), method, 0, problem(name).starts + 2 * problem(name).batch)
    assert len(record["own"]) == record["evaluations"] - record["starts"] + 1


def test_all_methods_meet_the_same_starts_noise_and_failures() -> None:
    first, second = (search(problem("branin_cliff"), method, 3, 5) for method in ("random", "sobol"))
    assert first["observed"] == second["observed"]
    wanted = problem("levy4_days")
    point = wanted.start(0)[0]
    told = [wanted.measure(point, 0, number)["y"] for number in range(4)]
    assert told == [wanted.measure(point, 0, number)["y"] for number in range(4)]
    assert len(set(told)) == 4


@pytest.mark.parametrize("name", QUICK)
def test_a_problem_is_well_made(name: str) -> None:
    wanted, scale = problem(name), scale_of(name)
    assert wanted.family in FAMILIES
    rng = np.random.default_rng(5)
    points = wanted.space.random(100, rng)
    check(Problem(name, wanted.family, wanted.space, wanted.truth), points)
    again = [wanted.space.from_units(wanted.space.units(point)) for point in points]
    for one, other in zip(points, again, strict=True):
        assert np.abs(wanted.space.units(one) - wanted.space.units(other)).max() < 1e-6
    if len(wanted.goals) == 1:
        assert min(wanted.losses(p)[0] for p in points if not wanted.fails(p)) >= scale["best"] - 1e-6
        assert scale["best"] < scale["typical"]
    else:
        assert scale["best"] > scale["typical"] == 0.0


def test_failures_are_a_part_of_the_space_and_spare_the_optimum() -> None:
    for name in QUICK:
        wanted = problem(name)
        if wanted.family == "failures":
            failed = [bool(wanted.fails(p)) for p in wanted.space.random(500, np.random.default_rng(1))]
            assert 0.15 < np.mean(failed) < 0.5


def test_a_pool_knows_its_best_and_takes_nothing_else() -> None:
    wanted = problem("pool_garnets")
    assert wanted.pool is not None
    best = min(float(wanted.losses(point)[0]) for point in wanted.pool)
    assert best == pytest.approx(scale_of("pool_garnets")["best"], abs=1e-6)
    with pytest.raises(ValueError, match="not of the pool"):
        check(wanted, [dict.fromkeys(wanted.space.names, 0.0)])


def test_points_outside_are_refused() -> None:
    wanted = problem("melt_shared")
    inside = {"p0": 0.25, "p1": 0.25, "p2": 0.25, "p3": 0.25, "temperature_c": 600.0}
    check(wanted, [inside] * 4)
    for wrong in ({"p0": 0.3}, {"temperature_c": 601.0}, {"p3": -0.25, "p0": 0.75}):
        with pytest.raises(ValueError, match="not allowed"):
            check(wanted, [inside | wrong])
    with pytest.raises(ValueError, match="shared"):
        check(wanted, [inside, inside | {"temperature_c": 605.0}])


def test_a_mixture_keeps_its_bounds_sum_and_number_of_parts() -> None:
    mixture = Mixture(tuple((name, 0.0, 0.6) for name in "abcde"), at_most=3, least=0.1)
    for wanted in np.random.default_rng(0).normal(0.2, 0.4, (200, 5)):
        parts = mixture.feasible(wanted)
        assert parts.sum() == pytest.approx(1.0, abs=1e-8)
        assert (parts > 0.0).sum() <= 3
        assert all(0.1 - 1e-9 <= part <= 0.6 + 1e-9 for part in parts if part > 0.0)


def test_the_incumbent_is_the_best_mean_of_the_same_point() -> None:
    space = Space((Number("x", 0.0, 1.0),))
    asked = Problem("p", "plain", space, lambda point: {"y": 0.0})
    points = [{"x": 0.1}, {"x": 0.2}, {"x": 0.1}, {"x": 0.3}]
    told = [np.array([1.0]), np.array([2.0]), np.array([4.0]), None]
    assert best_observed(asked, points, told) == 1
    assert best_observed(asked, points[3:], told[3:]) is None


def test_scores_are_shares_of_the_way_to_the_optimum() -> None:
    scale = {"typical": 10.0, "best": 0.0}
    record = {"own": [None, 10.0, 5.0, -1.0]}
    assert list(scores.curve(record, scale)) == [0.0, 0.0, 0.5, 1.0]
    assert scores.score(record, scale) == 0.5
    assert scores.regret({"own": [10.0, 2.5]}, scale) == 0.25


def test_differences_are_paired() -> None:
    left = {("a", 0): 1.0, ("a", 1): 0.5, ("b", 0): 0.2}
    right = {("a", 0): 0.5, ("a", 1): 0.4, ("c", 0): 0.9}
    found = scores.difference(left, right)
    assert found is not None
    assert found.mean == pytest.approx(0.3)
    assert found.low == pytest.approx(0.1)
    assert found.high == pytest.approx(0.5)
    assert found.pairs == 2
    assert scores.difference(left, {}) is None


def test_what_is_committed_is_of_known_problems_and_methods() -> None:
    found = run.records(run.FOLDER)
    assert len(found) > 100
    for record in found:
        assert record["method"] in peers.METHODS
        assert record["family"] in (*FAMILIES, "twin")
    ours = json.loads((Path(report.__file__).parent / "problems" / "scales.json").read_text())
    assert set(ours) == set(names())


def test_the_time_of_an_ask_is_measured() -> None:
    row = ask_time.measure("random", 6)
    assert (row["method"], row["n"]) == ("random", 6)
    assert row["ask_s"] >= 0.0
    assert row["rss_mb"] > 0
