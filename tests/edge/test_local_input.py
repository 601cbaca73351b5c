"""What a person types at the bench, or asks over the control socket, does what the network's commands do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from adatom.edge.journal import Journal
from adatom.edge.local_commands import LocalCommands
from adatom.edge.local_input import HELP, carry_out
from adatom.protocol.recipe import recipe_from_dict

from tests.edge.test_station import Bench
from tests.protocol.examples import RECIPE


class Person:
    """Somebody at a bench."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.commands = LocalCommands(bench.station, lambda now: {"state": bench.station.agent.state, "now": now})

    def says(self, line: str) -> str:
        return carry_out(line, self.commands, self.bench.now)

    def starts(self) -> None:
        assert self.bench.station.start_local(recipe_from_dict(RECIPE), "r", self.bench.now) == []
        self.bench.ticks(20)


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    bench = Bench(tmp_path)
    yield Person(bench)
    bench.journal.close()


def test_every_word_is_obeyed_or_says_why_not(person: Person) -> None:
    assert person.says("sing\n") == HELP
    for line in ("confirm", "fail it broke", "pause", "resume", "rearm"):
        assert person.says(line) not in ("ok", HELP)
    person.starts()
    agent = person.bench.station.agent
    assert person.says("pause") == "ok"
    assert agent.state == "paused"
    assert person.says("resume") == "ok"
    assert person.says("abort lunch") == "ok"
    assert person.says("abort again, during the clean-up") == "ok"
    person.bench.ticks(30)
    assert agent.state == "idle"
    assert agent.chamber.ended == ("aborted", "lunch")
    assert not person.bench.station.stopped


def test_stop_ends_the_agent_when_the_bench_is_safe(person: Person) -> None:
    person.starts()
    station = person.bench.station
    assert person.says("stop") == "ok"
    assert not station.stopped
    person.bench.ticks(30)
    assert station.stopped
    assert station.agent.chamber.ended == ("aborted", "by the person at the bench")


def test_requests_of_any_shape_are_answered(person: Person) -> None:
    ask = person.commands.carry_out
    assert ask({"do": "status"}, 7) == {"state": "idle", "now": 7}
    for request in (None, [], {}, {"do": []}, {"do": "dance"}):
        assert "must be one of abort, pause" in ask(request, 0)["error"]
    person.commands.add("dance", lambda request, now: {"danced": request["do"]})
    assert ask({"do": "dance"}, 0) == {"danced": "dance"}


def test_local_commands_are_recorded_and_a_full_journal_stops_nobody(tmp_path: Path) -> None:
    bench = Bench(tmp_path, quota=6000)
    person = Person(bench)
    person.says("pause")
    events = [message for kind, message in bench.published() if kind == "event"]
    assert [event["data"]["name"] for event in events if event["name"] == "local_command"] == ["pause"]
    person.starts()
    bench.ticks(5000)
    assert bench.station.trouble
    assert person.says("abort") == "ok"
    bench.ticks(30)
    assert not bench.station.agent.busy
    bench.journal.close()


def test_a_stop_from_the_network_is_obeyed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.command("stop", {"why": "the building is closed"}, 1)
    bench.ticks(30)
    assert bench.station.stopped
    assert bench.station.stop_why == "the building is closed"
    journal: Journal = bench.journal
    journal.close()
