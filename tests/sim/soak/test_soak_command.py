"""The soak's table: which rows there are, what a verdict says, and that a wrong word is told."""

import json
from pathlib import Path

import pytest
from adatom.protocol.errors import FailedError, InputError
from adatom.sim.soak import chaos, row
from adatom.sim.soak.cli import soak
from adatom.sim.soak.row import Row, Trial, attempt, chosen, rows, summary
from adatom.sim.soak.rows import bad_network


def test_every_kind_of_bad_network_has_a_row_and_names_are_used_once() -> None:
    names = [row.name for row in rows()]
    assert len(set(names)) == len(names)
    assert sum(name.startswith("network: ") for name in names) == len(chaos.KINDS)


def test_rows_are_chosen_by_their_beginning() -> None:
    configurations = [row.name.partition(", ")[2] for row in chosen(["broker killed"])]
    assert configurations == ["default", "tuned", "hardened"]
    with pytest.raises(InputError, match="brokn"):
        chosen(["brokn"])


ROW = Row("a row", "nothing lost", "seconds", 2.0, lambda seed, seconds, folder, say: Trial(seed))


@pytest.mark.parametrize(
    ("trials", "met"),
    [
        ([Trial(1, n=3, measured=[1.0, 2.0])], True),
        ([Trial(1, measured=[1.0]), Trial(2, measured=[2.1])], False),  # too late
        ([Trial(1, measured=[1.0], problems=["lost: 3"])], False),
        ([Trial(1)], False),  # nothing was measured: a promise that was not put to the test is not met
    ],
)
def test_a_row_is_met_only_without_problems_and_in_time(trials: list[Trial], met: bool) -> None:
    assert summary(ROW, trials)["met"] is met


def test_a_failure_of_the_rig_is_a_problem_of_its_seed(tmp_path: Path) -> None:
    def fails(seed: int, seconds: float, folder: Path, say: object) -> Trial:
        raise FailedError("no broker")

    trial = attempt(ROW._replace(run=fails), 7, 1.0, tmp_path, print)
    assert summary(ROW, [trial])["failed_seeds"] == [7]


@pytest.mark.parametrize("kind", chaos.KINDS)
def test_a_schedule_replays_from_its_seed_and_leaves_the_quiet_time_alone(kind: str) -> None:
    faults = bad_network.faults(kind, 5, 10.0, 100.0)
    assert faults
    assert faults == bad_network.faults(kind, 5, 10.0, 100.0)
    assert all(10.0 <= fault.from_s <= 100.0 for fault in faults)


@pytest.mark.parametrize("as_json", [True, False])
def test_what_was_found_is_shown_whatever_ends_the_soak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    def leave(seed: int, seconds: float, folder: Path, say: object) -> Trial:
        raise KeyboardInterrupt

    sound = ROW._replace(run=lambda *_: Trial(1, n=3, measured=[1.0]), broker=False)
    monkeypatch.setattr(row, "chosen", lambda _: [sound, sound._replace(name="another", run=leave)])
    with pytest.raises(KeyboardInterrupt):
        soak(seeds=1, minutes=1.0, row=None, first_seed=1, keep=tmp_path / "kept", as_json=as_json)
    printed = capsys.readouterr()
    assert "1 of 2  a row: met; 3 faults, 0 points, lost 0, doubled 0" in printed.err
    if as_json:
        assert [one["row"] for one in json.loads(printed.out)["rows"]] == ["a row"]
    else:
        assert "a row" in printed.out
