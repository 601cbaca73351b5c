"""The command line of experts and of the evaluation, on a real database."""

import json
from pathlib import Path

import pytest
from adatom.cloud.evaluate.cli import app as evaluate
from adatom.cloud.evaluate.experts.cli import app as review
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

from tests.cloud.evaluate.judged_store import end, made
from tests.cloud.store.samples import NOW

PAIRS = [f'"{a} : {b}" = {r}' for a, b, r in (
    ("logic", "novelty", 3), ("logic", "impact", 5), ("logic", "reproducibility", 2), ("logic", "meta", 2),
    ("novelty", "impact", 2), ("novelty", "reproducibility", '"1/2"'), ("novelty", "meta", '"1/2"'),
    ("impact", "reproducibility", '"1/3"'), ("impact", "meta", '"1/3"'), ("reproducibility", "meta", 1))]  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("review") / "campaign.duckdb", 24)


def said(app: object, *arguments: object) -> str:
    found = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)  # type: ignore[arg-type]
    assert found.exit_code == 0, found.output
    return str(found.output)


def told(app: object, *arguments: object) -> object:
    return json.loads(said(app, *arguments, "--json"))


def refused(app: object, *arguments: object) -> str:
    with pytest.raises(InputError) as error:
        CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)  # type: ignore[arg-type]
    return str(error.value)


def test_an_experts_minutes(database: Path) -> None:
    questions = told(review, "next", database, "--expert", "ada", "-n", 2)
    assert isinstance(questions, list)
    left, right = questions[0]["left"], questions[0]["right"]
    assert f"review answer {database} {left} {right}" in said(review, "next", database, "--expert", "ada")
    said(review, "answer", database, left, right, "left", "--expert", "ada", "--why", "seen before")
    again = told(review, "next", database, "--expert", "ada", "-n", 50)
    assert isinstance(again, list)
    assert {left, right} not in [{one["left"], one["right"]} for one in again]
    assert "kept: c/24 is good with 0.90 by ada" in said(
        review, "overrule", database, "c/24", 0.9, "--expert", "ada", "--why", "same target"
    )
    with Store(database) as store:
        end(store, "c", 24, 5.0, NOW + 100)
    log = told(review, "log", database)
    assert isinstance(log, dict)
    assert log["overrules"][0]["good"] is True
    assert log["overrules"][0]["expert_was_nearer"] is True
    assert log["experts"]["ada"]["checked"] >= 1
    assert "the expert was nearer: same target" in said(review, "log", database)


def test_the_evaluation(database: Path, tmp_path: Path) -> None:
    rows = told(evaluate, "score", database, "-n", 3)
    assert isinstance(rows, list)
    assert [row["v"] for row in rows] == sorted((row["v"] for row in rows), reverse=True)
    one = told(evaluate, "score", database, rows[0]["trial"])
    assert isinstance(one, dict)
    assert sum(one["adds"].values()) + one["mean_v"] == pytest.approx(rows[0]["v"])
    assert "Shapley" in said(evaluate, "score", database, rows[0]["trial"])
    assert "V by weights version" in said(evaluate, "score", database)
    picture = tmp_path / "meta.svg"
    assert "calibration error" in said(evaluate, "meta", database, "--plot", picture)
    assert picture.stat().st_size > 10_000
    assert "posterior: weights version 3" in said(evaluate, "meta", database, "--step")
    log = told(evaluate, "meta", database, "--log")
    assert isinstance(log, dict)
    for _ in [step for step in log["steps"] if step["after"]]:
        said(evaluate, "meta", database, "--undo", "--why", "test")
    assert "undoes step 1" in said(evaluate, "meta", database, "--log")
    assert refused(evaluate, "meta", database, "--undo").endswith("no step of the weights is left to take back")


def test_priorities(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("[ada]\n" + "\n".join(PAIRS))
    found = told(evaluate, "ahp", path)
    assert isinstance(found, dict)
    assert found["experts"]["ada"]["consistency_ratio"] < 0.1
    assert found["weights_version"] is None
    assert "the weights of V are version" in said(evaluate, "ahp", path, "--db", database)
    path.write_text("[ada]\n" + "\n".join(PAIRS).replace('"novelty : impact" = 2', '"novelty : impact" = "1/9"'))
    assert "ask again about" in refused(evaluate, "ahp", path)


def test_what_is_wrong_is_said(database: Path, tmp_path: Path) -> None:
    assert "no such database" in refused(review, "log", tmp_path / "none.duckdb")
    assert "must be one of left" in refused(review, "answer", database, "c/1", "c/2", "up", "--expert", "ada")
    assert "no trial with scores" in refused(review, "answer", database, "c/1", "c/99", "left", "--expert", "ada")
    assert "with itself" in refused(review, "answer", database, "c/1", "c/1", "left", "--expert", "ada")
    assert "needs a reason" in refused(review, "overrule", database, "c/24", 0.5, "--expert", "ada")
    assert "already" in refused(review, "overrule", database, "c/9", 0.5, "--expert", "ada", "--why", "x")
    assert "was not foretold" in refused(review, "overrule", database, "c/1", 0.5, "--expert", "ada", "--why", "x")
    assert "0 to 1" in refused(review, "overrule", database, "c/24", 1.5, "--expert", "ada", "--why", "x")
    assert "a name is" in refused(review, "next", database, "--expert", "A B")
    weights = ("overrule", database, "--expert", "ada", "--why", "x", "--weight")
    assert "must be like" in refused(review, *weights, "logic")
    assert "must be one of" in refused(review, *weights, "beauty=1")
    assert "0 or more" in refused(review, *weights, "logic=nan")
    assert "no trial with scores" in refused(evaluate, "score", database, "c/99")
    assert "must be one of formula" in refused(evaluate, "score", database, "--reading", "published")
