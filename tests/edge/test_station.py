"""The bench on the wire: only authentic commands are obeyed, every refusal is recorded, receipts free the journal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from adatom.edge.recorder import ABORTED_BY_RESTART
from adatom.protocol import codec, seal
from adatom.protocol.keyring import KeyRing
from adatom.protocol.recipe import recipe_from_dict
from adatom.protocol.session import HEARTBEAT_MS, HELLO_MS, NEW, Intake

from tests.edge.station_bench import KEYS, RUN, SALT, Bench
from tests.protocol.examples import RECIPE


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    one = Bench(tmp_path)
    yield one
    one.journal.close()


def test_hello_and_heartbeat_come_first(bench: Bench) -> None:
    kinds = [kind for kind, _ in bench.published()]
    assert kinds == ["hello", "heartbeat"]


def test_a_run_command_starts_a_run_and_is_acknowledged_in_the_record(bench: Bench) -> None:
    bench.command("run", RUN, 1)
    assert bench.station.agent.busy
    events = [m for kind, m in bench.published() if kind == "event"]
    assert {"run_start", "state", "command"} <= {m["name"] for m in events}
    assert all(m["run"] == RUN["run"] for m in events)
    bench.command("run", RUN, 2)  # the cloud restarted and asks again: the run goes on
    assert "refusal" not in [kind for kind, _ in bench.published()]


@pytest.mark.parametrize(
    ("args", "changes", "reason"),
    [
        (RUN, {"counter": 1, "nonce": "0-ffff"}, "another boot"),
        (RUN, {"counter": 1, "bench": "twin-2"}, "wrong bench"),
        (RUN | {"recipe": RECIPE | {"substrate_c": 800.0}}, {}, "this bench allows"),
        (RUN | {"recipe": RECIPE | {"colour": 1}}, {}, "unknown field"),
        (RUN | {"run": 7}, {}, "must be texts"),
        ({}, {}, "must be texts"),
    ],
)
def test_refusals_are_recorded_with_their_reason(
    bench: Bench, args: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    bench.command("run", args, **({"counter": 1} | changes))
    assert not bench.station.agent.busy
    refusals = [m for kind, m in bench.published() if kind == "refusal"]
    assert len(refusals) == 1
    assert reason in " ".join(refusals[0]["reasons"])


@pytest.mark.parametrize("name", ["confirm", "pause", "resume", "rearm"])
@pytest.mark.parametrize("args", [{}, {"failed": "x"}, {"step": 5}, {"step": "expose", "failed": "broken"}])
def test_commands_that_make_no_sense_now_are_refused(bench: Bench, name: str, args: dict[str, Any]) -> None:
    bench.command(name, args, 1)
    assert [kind for kind, _ in bench.published() if kind == "refusal"] == ["refusal"]
    bench.ticks(5)
    assert bench.station.agent.state == "idle"


def test_replayed_and_garbled_messages_change_nothing(bench: Bench) -> None:
    bench.command("run", RUN, 5)
    bench.command("abort", {"why": "old"}, 5)
    bench.station.receive("adatom/1/twin-1/down/command", b"{}", bench.now, bench.now)
    bench.station.receive("not a topic", b"\xff", bench.now, bench.now)
    assert bench.station.agent.busy
    assert len([kind for kind, _ in bench.published() if kind == "refusal"]) == 3


def test_abort_by_network_makes_safe_at_once(bench: Bench) -> None:
    bench.command("run", RUN, 1)
    bench.ticks(3000)
    assert bench.ticks(1)[0] >= 0
    bench.command("abort", {"why": "lunch"}, 2)
    outputs = bench.station.agent.outputs
    assert not any(value for i, value in enumerate(outputs) if i not in (1, 5, 6))  # valve, burst id, rate may stand
    bench.ticks(50)
    results = [m for kind, m in bench.published() if kind == "result"]
    assert [(m["outcome"], m["reason"]) for m in results] == [("aborted", "lunch")]


def test_receipts_free_the_journal_and_forged_ones_do_not(bench: Bench) -> None:
    bench.command("run", RUN, 1)
    bench.ticks(2000)
    bench.published()
    backlog = bench.station.uplink.backlog
    assert backlog > 3
    receipt = {"bench": "twin-1", "boot": bench.journal.boot, "upto": bench.station.recorder.last, "key": "ingest"}
    bench.send("receipt", receipt, "campaign")  # sealed with another key than it names
    assert bench.station.uplink.backlog >= backlog
    bench.send("receipt", receipt | {"upto": 10**6}, "ingest")
    assert bench.station.uplink.backlog >= backlog
    bench.send("receipt", receipt, "ingest")
    bench.station.keep(bench.now)
    assert bench.station.uplink.backlog <= 3  # the refusals of the two forged ones came later


def test_memory_is_bounded_while_nobody_listens_and_everything_arrives_in_order_later(tmp_path: Path) -> None:
    bench = Bench(tmp_path, window=4)
    bench.command("run", RUN, 1)
    for _ in range(30):
        bench.ticks(200)
        bench.station.keep(bench.now)
    assert len(bench.station.uplink.waiting) == 8
    assert bench.station.backlog > 12
    bench.station.close(bench.now)
    again = Bench(tmp_path, window=4)  # what an earlier boot left is not taken into memory as a whole either
    again.station.recover(0)
    assert len(again.station.uplink.waiting) == 8
    ranges = codec.decode("hello", again.station.publish(0, 0)[0][1])[0]["boots"]
    assert ranges == [[1, 1, bench.station.recorder.last]]
    intake = Intake()
    for _ in range(40):
        again.now += 10
        for record in list(again.station.uplink.waiting):
            if intake.judge(record.boot, record.first, record.count) == NEW:
                intake.accepted(record.boot, record.first, record.count)
        for boot, upto in intake.upto.items():
            receipt = {"bench": "twin-1", "boot": boot, "upto": upto, "key": "ingest"}
            again.send("receipt", receipt, "ingest")
        again.station.publish(again.now, again.now)
    assert intake.upto == {1: bench.station.recorder.last, 2: again.station.recorder.last}
    assert again.station.backlog == 0
    assert not again.station.behind
    again.station.close(again.now)


def test_a_full_journal_ends_the_run_safely_and_nothing_is_lost(tmp_path: Path) -> None:
    bench = Bench(tmp_path, quota=6000)
    bench.command("run", RUN, 1)
    outputs = bench.ticks(12000)
    assert "quota" in bench.station.trouble
    assert bench.station.agent.state == "idle"
    assert outputs[0] == outputs[9] == outputs[10] == 0
    bench.station.keep(bench.now)
    assert bench.station.unrecorded  # kept for the time when there is room again
    bench.send(
        "receipt", {"bench": "twin-1", "boot": 1, "upto": bench.station.recorder.last, "key": "ingest"}, "ingest"
    )
    bench.journal.quota_bytes = 10**6
    bench.ticks(5)
    assert "result" in [kind for kind, _ in bench.published()]
    bench.journal.close()


def test_a_run_cut_off_by_a_crash_is_reported_aborted_by_the_next_boot(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.command("run", RUN, 1)
    first.ticks(2000)
    first.station.keep(first.now)
    first.journal.close()
    second = Bench(tmp_path)
    second.station.recover(0)
    results = [m for kind, m in second.published() if kind == "result"]
    assert [(m["run"], m["outcome"]) for m in results] == [(RUN["run"], "aborted")]
    assert results[0]["ranges"][0][0] == 1
    second.journal.close()
    third = Bench(tmp_path)
    third.station.recover(0)
    assert third.journal.run_in_progress() is None
    third.journal.close()


def crashed(folder: Path, result: str) -> Bench:
    """The boot after one that was cut off while its run's result was recorded, or durable and not yet forgotten."""
    first = Bench(folder)
    first.command("run", RUN, 1)
    first.ticks(300)
    first.station.keep(first.now)
    first.station.agent.abort(first.now, "enough")
    first.ticks(30)
    assert first.station.recorder.result_seq
    if result == "durable":
        first.journal.end_run = lambda: None  # type: ignore[method-assign]
        first.station.keep(first.now)
    assert first.journal.file is not None
    first.journal.file.close()  # as a dying process does: nothing more is written
    second = Bench(folder)
    second.station.recover(0)
    return second


@pytest.mark.parametrize(("result", "reason"), [("recorded", ABORTED_BY_RESTART), ("durable", "enough")])
def test_a_crash_around_a_runs_result_leaves_one_result(tmp_path: Path, result: str, reason: str) -> None:
    second = crashed(tmp_path, result)
    assert (second.journal.run_in_progress() is None) == (result == "durable")
    told = [m for kind, m in second.published() if kind == "result"]
    second.station.keep(0)
    assert [(m["run"], m["outcome"], m["reason"]) for m in told] == [(RUN["run"], "aborted", reason)]
    assert second.journal.run_in_progress() is None
    second.journal.close()


def test_a_run_that_a_crash_cut_off_is_not_started_again(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.command("run", RUN, 1)
    first.journal.close()
    for _ in range(2):  # restarts: the second one after the run was reported
        bench = Bench(tmp_path)
        bench.station.recover(0)
        bench.ticks(1)
        bench.station.keep(bench.now)
        bench.command("run", RUN, 2)  # its sender never heard an answer
        assert not bench.station.agent.busy
        assert "was started before" in refusals(bench)[0]["reasons"][0]
        bench.journal.close()


def test_a_run_that_the_medium_does_not_take_has_not_begun_and_begins_later_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(bench.journal, "begin_run", lambda run: (_ for _ in ()).throw(OSError(28, "no space left")))
        bench.command("run", RUN, 1)
    agent = bench.station.agent
    assert (agent.state, agent.busy, bench.station.recorder.run) == ("idle", False, "")
    assert bench.journal.last_run() == ""
    bench.station.recorder.event(bench.now, "x", {})
    bench.station.keep(bench.now)  # the medium is well again
    bench.command("run", RUN, 2)
    bench.ticks(1)
    assert agent.busy
    assert bench.journal.last_run() == RUN["run"]


def test_an_interrupted_run_without_records_names_no_range(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.journal.begin_run({"run": "r", "trial": "t", "boot": 1, "first": 1})
    first.journal.close()
    second = Bench(tmp_path)
    second.station.recover(0)
    assert [m["ranges"] for kind, m in second.published() if kind == "result"] == [[]]
    second.journal.close()


def test_a_journal_that_cannot_forget_a_run_delivers_its_result_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.command("run", RUN, 1)
    bench.command("abort", {}, 2)
    bench.ticks(50)
    with monkeypatch.context() as patch:
        patch.setattr(bench.journal, "end_run", lambda: (_ for _ in ()).throw(OSError("no sync")))
        assert "result" in [kind for kind, _ in bench.published()]
    bench.station.recorder.event(0, "x", {})
    bench.station.keep(bench.now)
    assert bench.journal.run_in_progress() is None


def test_hello_is_said_again(bench: Bench) -> None:
    bench.published()
    bench.now += HELLO_MS - 100
    assert "hello" not in [kind for kind, _ in bench.published()]
    bench.now += 100
    assert "hello" in [kind for kind, _ in bench.published()]


def refusals(bench: Bench) -> list[dict[str, Any]]:
    return [message for kind, message in bench.published() if kind == "refusal"]


def told(bench: Bench, name: str) -> list[dict[str, Any]]:
    bench.ticks(1)
    return [m["data"] for kind, m in bench.published() if kind == "event" and m["name"] == name]


def test_a_flood_of_bad_messages_fills_no_journal_and_its_size_is_told(bench: Bench) -> None:
    for _ in range(5000):
        bench.station.receive("adatom/1/twin-1/down/command", b"{}", bench.now, bench.now)
    assert len(refusals(bench)) == 20
    assert told(bench, "refusals_dropped") == []
    bench.now += 30000
    assert told(bench, "refusals_dropped") == [{"count": 4980}]
    bench.now += 100
    assert told(bench, "refusals_dropped") == []


def test_a_flood_hides_no_answer_to_an_authentic_command(bench: Bench) -> None:
    for _ in range(100):
        bench.station.receive("adatom/1/twin-1/down/command", b"{}", bench.now, bench.now)
    bench.published()
    for counter in range(1, 41):
        bench.command("resume", {}, counter)  # there is nothing to resume
    assert [message["counter"] for message in refusals(bench)] == list(range(1, 41))


def test_what_no_key_vouches_for_answers_no_command(bench: Bench) -> None:
    """The counter in a forged message is the attacker's: the cloud must not take the refusal for its own answer."""
    bench.command("run", RUN, 77, key="stranger")
    bench.send("command", {"bench": "twin-1", "name": "run", "args": RUN, "key": "campaign", "counter": 78,
                           "nonce": f"{bench.now:x}-{SALT}", "valid_ms": 1000}, "ingest")  # fmt: skip
    assert [message["counter"] for message in refusals(bench)] == [0, 0]


def test_keys_are_changed_during_a_run(bench: Bench) -> None:
    bench.command("run", RUN, 1)
    bench.ticks(100)
    fresh = {f"{role}.2": bytes([i]) * 32 for i, role in enumerate(KEYS, 7)}
    bench.station.rekey(bench.now, KeyRing(KEYS | fresh, 1))
    bench.command("pause", {}, 2)
    assert bench.station.agent.state == "paused"
    bench.station.rekey(bench.now, KeyRing(fresh, 2))
    bench.command("abort", {}, 3)
    assert bench.station.agent.busy  # the old key is retired
    published = bench.published()
    assert "unknown key campaign" in str([message for kind, message in published if kind == "refusal"])
    said = [message["data"] for _, message in published if message.get("name") == "keys"]
    assert said == [{"ids": sorted(KEYS | fresh), "signs": 1}, {"ids": sorted(fresh), "signs": 2}]
    message = {"bench": "twin-1", "name": "resume", "args": {}, "key": "campaign.2", "counter": 1,
               "nonce": f"{bench.now:x}-{SALT}", "valid_ms": 1000}  # fmt: skip
    body = codec.body_of("command", message)
    sealed = codec.with_tail("command", body, seal.signature(fresh["campaign.2"], body))
    bench.station.receive("adatom/1/twin-1/down/command", sealed, bench.now, bench.now)
    assert bench.station.agent.state == "pump_down"
    assert bench.station.agent.busy


def test_a_person_is_answered_by_name_and_not_with_the_campaign_s_number(bench: Bench) -> None:
    bench.station.rekey(bench.now, KeyRing(KEYS | {"operator-eve": b"e" * 32}))
    for counter, name in ((5, "pause"), (5, "abort"), (6, "abort")):
        message = {"bench": "twin-1", "name": name, "args": {}, "key": "operator-eve", "counter": counter,
                   "nonce": f"{bench.now:x}-{SALT}", "valid_ms": 1000}  # fmt: skip
        body = codec.body_of("command", message)
        payload = codec.with_tail("command", body, seal.signature(b"e" * 32, body))
        bench.station.receive("adatom/1/twin-1/down/command", payload, bench.now, bench.now)
    published = bench.published()
    refused = [message for kind, message in published if kind == "refusal"]
    assert [message["counter"] for message in refused] == [0, 0]
    assert [message["reasons"][-1] for message in refused] == ["asked by operator-eve, counter 5"] * 2
    assert "state idle cannot be paused" in refused[0]["reasons"][0]
    assert "used before" in refused[1]["reasons"][0]
    obeyed = [message["data"] for _, message in published if message.get("name") == "command"]
    assert obeyed == [{"name": "abort", "counter": 6, "key": "operator-eve"}]


def test_an_alarm_does_not_wait_behind_a_backlog_and_is_told_until_its_record_is_receipted(tmp_path: Path) -> None:
    bench = Bench(tmp_path, window=2)
    for number in range(20):
        bench.station.tell(0, "pulses", {"done": number})
    bench.station.tell(0, "trip", {"interlock": "water"})
    bench.station.tick_events(0)

    def alarms(link_ms: int) -> list[dict[str, Any]]:
        out = bench.station.publish(0, link_ms)
        assert sum(topic.endswith("/event") for topic, _ in out) <= 2
        return [codec.decode("alarm", payload)[0] for topic, payload in out if topic.endswith("/alarm")]

    (alarm,) = alarms(0)
    assert (alarm["name"], alarm["seq"], alarm["data"]) == ("trip", 21, {"interlock": "water"})
    assert alarms(100) == []
    assert alarms(HEARTBEAT_MS) == [alarm]
    receipt = {"bench": "twin-1", "boot": bench.journal.boot, "upto": 21, "key": "ingest"}
    bench.send("receipt", receipt, "ingest")
    assert alarms(2 * HEARTBEAT_MS) == []
    bench.journal.close()


def test_points_without_room_are_counted_and_events_have_the_rest_of_the_quota(tmp_path: Path) -> None:
    bench = Bench(tmp_path, quota=20_000)
    bench.ticks(40_000)  # twenty minutes longer than a record can hold points
    assert "quota" in bench.station.trouble
    assert bench.station.recorder.given_up is not None
    assert bench.station.order("abort", {"why": "full"}, bench.now) == []
    assert bench.station.recorder.fresh  # the order is recorded all the same
    assert bench.station.start_local(recipe_from_dict(RECIPE), "film", bench.now) == [
        "the journal takes no more: " + bench.station.trouble
    ]
    assert "journal_fails" in [m["name"] for kind, m in bench.published() if kind == "alarm"]
    bench.journal.quota_bytes = 10**6
    bench.ticks(1500)
    assert bench.station.trouble != ""  # until a record is on the medium
    bench.published()
    assert bench.station.trouble == ""
    (works,) = told(bench, "journal_works")
    assert works["points_given_up"] > 1024
    bench.journal.close()
