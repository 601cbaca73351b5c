"""The checker finds each rule broken once, and nothing in a sound history."""

from collections.abc import Callable
from typing import Any

import pytest
from adatom.sim.soak.checker import RULES, Entry, check
from hypothesis import given
from hypothesis import strategies as st

COUNT = 10
RECORDS = 6


def of(what: str, **fields: Any) -> Entry:
    return {"what": what, "bench": "a", "boot": 1} | fields


def sound() -> list[Entry]:
    """Six records of ten points, stored in two commits; a command, a lease, a run that is trained on."""
    history: list[Entry] = []
    for number in range(RECORDS):
        span = {"first": 1 + COUNT * number, "count": COUNT}
        history += [of("measured", **span, digest=f"d{number}"), of("durable", **span), of("sent", **span)]
    for number in range(RECORDS):
        span = {"first": 1 + COUNT * number, "count": COUNT}
        history += [of("stored", **span, digest=f"d{number}"), of("point", **span)]
        if number in (2, RECORDS - 1):
            history += [of("receipted", upto=COUNT * (number + 1)), of("looked", upto=COUNT * (number + 1))]
    history += [{"what": "commanded", "bench": "a", "counter": 7, "name": "run"},
                {"what": "executed", "bench": "a", "counter": 7, "name": "run"},
                {"what": "started", "bench": "a", "run": "r"},
                {"what": "leased", "bench": "a", "output": "heater", "t_s": 0.0, "until_s": 1.0},
                {"what": "output", "bench": "a", "output": "heater", "t_s": 0.1, "on": True},
                {"what": "leased", "bench": "a", "output": "heater", "t_s": 0.8, "until_s": 1.8},
                {"what": "output", "bench": "a", "output": "heater", "t_s": 1.7, "on": False},
                {"what": "run", "run": "r", "bench": "a", "outcome": "complete", "ranges": [[1, 11, 30]]},
                {"what": "trained", "run": "r", "outcome": "complete"}]  # fmt: skip
    return history


def find(history: list[Entry], what: str, number: int = 0) -> int:
    """Where the n-th entry of a kind stands."""
    return [place for place, entry in enumerate(history) if entry["what"] == what][number]


def change(what: str, number: int, **fields: Any) -> Callable[[list[Entry]], None]:
    def changed(history: list[Entry]) -> None:
        history[find(history, what, number)] |= fields

    return changed


def drop(what: str, number: int) -> Callable[[list[Entry]], None]:
    return lambda history: history.pop(find(history, what, number)) and None


def again(what: str, number: int) -> Callable[[list[Entry]], None]:
    return lambda history: history.append(dict(history[find(history, what, number)]))


def swap(what: str, number: int) -> Callable[[list[Entry]], None]:
    def swapped(history: list[Entry]) -> None:
        a, b = find(history, what, number), find(history, what, number + 1)
        history[a], history[b] = history[b], history[a]

    return swapped


BROKEN = [
    ("lost", "a record vanishes", drop("stored", 3)),
    ("lost", "the last record vanishes", drop("stored", RECORDS - 1)),
    ("lost", "a record is cut short", change("stored", 1, count=COUNT - 1)),
    ("without points", "its points vanish", drop("point", 4)),
    ("without points", "points nobody sent", change("point", 5, count=COUNT + 1)),
    ("duplicate", "a row twice", again("stored", 2)),
    ("duplicate", "a point twice", change("point", 2, count=COUNT + 1)),
    ("out of order", "two commits the wrong way round", swap("stored", 1)),
    ("altered", "other bytes", change("stored", 0, digest="x")),
    ("altered", "a record from nowhere", drop("measured", 2)),
    ("sent before durable", "not on the medium", drop("durable", 1)),
    ("sent before durable", "sent first", lambda h: h.insert(0, dict(h[find(h, "sent", 1)]))),
    ("receipt too early", "more than was there", change("receipted", 0, upto=40)),
    ("receipt too early", "more than ever came", change("receipted", 1, upto=61)),
    ("executed twice", "a replay", again("executed", 0)),
    ("executed twice", "an order that nobody gave", change("executed", 0, counter=8)),
    ("started twice", "once more after a restart", again("started", 0)),
    ("without end", "nobody is told", drop("run", 0)),
    ("without lease", "on before the lease", change("leased", 0, t_s=0.05, until_s=0.05)),
    ("without lease", "on behind its end", drop("leased", 1)),
    ("without lease", "no lease at all", change("leased", 0, output="gate")),
    ("trained on incomplete", "an aborted run", change("run", 0, outcome="aborted")),
    ("trained on incomplete", "a failed run as a complete one", change("run", 0, outcome="failed")),
    ("trained on incomplete", "a run that never ended", drop("run", 0)),
    ("trained on incomplete", "a hole in the run", change("run", 0, ranges=[[1, 11, 61]])),
]  # fmt: skip


def test_a_sound_history_breaks_no_rule() -> None:
    assert check(sound()) == []


@pytest.mark.parametrize(("rule", "what", "damage"), BROKEN, ids=[f"{rule}: {what}" for rule, what, _ in BROKEN])
def test_each_rule_is_found_broken(rule: str, what: str, damage: Callable[[list[Entry]], None]) -> None:
    history = sound()
    damage(history)
    assert rule in {found.rule for found in check(history)}, what


def test_every_rule_is_broken_by_one_of_the_histories() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def test_what_the_bench_declares_as_thinned_is_not_lost() -> None:
    history = sound()
    drop("stored", 3)(history)
    drop("point", 3)(history)
    lost = [found for found in check(history) if found.rule == "lost"]
    assert [(found.size, found.text) for found in lost] == [
        (COUNT, "a boot 1 31 to 40: durable at the bench, not stored")
    ]
    history.insert(0, of("thinned", first=31, last=40))
    assert "lost" not in {found.rule for found in check(history)}


@given(st.sets(st.integers(0, RECORDS - 1)), st.lists(st.integers(0, RECORDS - 1)))
def test_lost_and_doubled_points_are_counted_exactly(gone: set[int], twice: list[int]) -> None:
    history = [entry for entry in sound() if entry["what"] in ("measured", "durable", "stored")]
    stored = [entry for entry in history if entry["what"] == "stored"]
    kept = [entry for number, entry in enumerate(stored) if number not in gone]
    copies = [stored[number] for number in twice if number not in gone]
    found = check([entry for entry in history if entry["what"] != "stored"] + kept + copies)
    sizes = {rule: sum(one.size for one in found if one.rule == rule) for rule in ("lost", "duplicate")}
    assert sizes == {"lost": COUNT * len(gone), "duplicate": COUNT * len(copies)}


@pytest.mark.parametrize("entry", [{}, {"what": "strored"}, {"what": "stored", "bench": "a"}])
def test_what_is_no_entry_is_an_error(entry: Entry) -> None:
    with pytest.raises(ValueError, match="no entry"):
        check([entry])
