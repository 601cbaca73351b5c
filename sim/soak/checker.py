"""The offline checker: what a history of measuring, sending, storing and commanding must never show. Pure.

A history is a list of entries in the order of time, each a dict with `what` and the fields of FIELDS. Whoever took part
wrote its own; nobody's word is taken for another's. docs/explanation/invariants.md says each rule in a sentence.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

Entry = dict[str, Any]
Boot = tuple[str, int]
Spans = list[tuple[int, int]]  # (first, last), sorted, apart from each other

# what an entry says -> its fields besides `what`; t_s is seconds of any one clock
FIELDS = {
    "measured": ("bench", "boot", "first", "count", "digest"),  # numbered by the bench; SHA-256 of the body
    "durable": ("bench", "boot", "first", "count"),  # on the bench's medium
    "thinned": ("bench", "boot", "first", "last"),  # given up by the bench, and said so
    "spoilt": ("bench", "boot", "first", "last"),  # on the medium, by the rig: nobody can have it any more
    "sent": ("bench", "boot", "first", "count"),
    "stored": ("bench", "boot", "first", "count", "digest"),  # a row of the database, in the order of its commit
    "point": ("bench", "boot", "first", "count"),  # rows of single points, in the order of the database
    "receipted": ("bench", "boot", "upto"),
    "looked": ("bench", "boot", "upto"),  # the database was opened, and has all up to here
    "commanded": ("bench", "counter", "name"),
    "executed": ("bench", "counter", "name"),
    "leased": ("bench", "output", "t_s", "until_s"),
    "output": ("bench", "output", "t_s", "on"),
    "started": ("bench", "run"),  # a bench began to carry out a run
    "run": ("run", "bench", "outcome", "ranges"),  # how a run ended, and (boot, first, last) of its records
    "trained": ("run", "outcome"),  # the optimizer was told of it: complete or failed
}


class Violation(NamedTuple):
    """One rule broken; `size` of it in what the rule counts (points, rows, commands)."""

    rule: str
    size: int
    text: str


NOTES = ("link", "event", "alarm")  # what else may stand in a history, of no concern to the rules

# what the optimizer is told -> how the run may have ended for its bench: a film without a resistance has failed
LEARNT_AS = {"complete": ("complete",), "failed": ("complete", "failed")}

Found = Iterator[tuple[int, str]]


def check(history: Sequence[Entry], only: Collection[str] = ()) -> list[Violation]:
    """Every violation in a history, or those of some rules only; ValueError for an entry that is none."""
    for entry in history:
        what = entry.get("what", "")
        if what not in NOTES and set(FIELDS.get(what, ("?",))) - set(entry):
            raise ValueError(f"no entry of a history: {entry}")
    rules = {rule: look for rule, look in RULES.items() if not only or rule in only}
    return [Violation(rule, count, text) for rule, look in rules.items() for count, text in look(history)]


def lost(history: Sequence[Entry]) -> Found:
    """What the bench had on its medium, never declared as thinned, and the rig left alone, is not in the database."""
    stored, thinned, spoilt = _spans(history, "stored"), _ranges(history, "thinned"), _ranges(history, "spoilt")
    for boot, spans in _spans(history, "durable").items():
        for first, last in _minus(spans, _union(stored[boot] + thinned[boot] + spoilt[boot])):
            yield last - first + 1, f"{_of(boot)} {first} to {last}: durable at the bench, not stored"


def without_points(history: Sequence[Entry]) -> Found:
    """A point's record is stored, but not the point, or the reverse."""
    if not any(entry["what"] == "point" for entry in history):
        return
    telemetry = [e for e in history if e["what"] == "stored" and e.get("kind", "telemetry") == "telemetry"]
    records, points = _spans(telemetry, "stored"), _spans(history, "point")
    for boot in sorted({*records, *points}):
        for wrong, words in ((_minus(records[boot], points[boot]), "record without points"),
                             (_minus(points[boot], records[boot]), "points without record")):  # fmt: skip
            for first, last in wrong:
                yield last - first + 1, f"{_of(boot)} {first} to {last}: {words}"


def duplicate(history: Sequence[Entry]) -> Found:
    """A number is stored twice."""
    for what in ("stored", "point"):
        top: dict[Boot, int] = defaultdict(int)
        for entry in sorted(_all(history, what), key=lambda e: (e["bench"], e["boot"], e["first"], e["count"])):
            boot, last = _boot(entry), entry["first"] + entry["count"] - 1
            twice = min(top[boot], last) - entry["first"] + 1
            if twice > 0:
                yield twice, f"{_of(boot)} {entry['first']} to {entry['first'] + twice - 1}: {what} more than once"
            top[boot] = max(top[boot], last)


def out_of_order(history: Sequence[Entry]) -> Found:
    """A record was committed before one with a smaller number."""
    upto: dict[Boot, int] = defaultdict(int)
    for entry in _all(history, "stored"):
        boot = _boot(entry)
        if entry["first"] < upto[boot]:
            yield 1, f"{_of(boot)} {entry['first']}: stored after {upto[boot]}"
        upto[boot] = max(upto[boot], entry["first"])


def altered(history: Sequence[Entry]) -> Found:
    """What is stored is not what was measured, or was never measured."""
    known = {(_boot(e), e["first"], e["count"]): e["digest"] for e in _all(history, "measured")}
    for entry in _all(history, "stored"):
        digest = known.get((_boot(entry), entry["first"], entry["count"]))
        if digest != entry["digest"]:
            why = "never measured" if digest is None else "other bytes than measured"
            yield entry["count"], f"{_of(_boot(entry))} {entry['first']}: {why}"


def sent_before_durable(history: Sequence[Entry]) -> Found:
    """A record left the bench before it was on its medium."""
    durable: set[tuple[Boot, int]] = set()
    for entry in history:
        if entry["what"] == "durable":
            durable.add((_boot(entry), entry["first"]))
        elif entry["what"] == "sent" and (_boot(entry), entry["first"]) not in durable:
            yield entry["count"], f"{_of(_boot(entry))} {entry['first']}: sent before it was durable"


def receipt_too_early(history: Sequence[Entry]) -> Found:
    """A receipt for what the database did not have: when it was next opened, or at the end."""
    promised: dict[Boot, int] = defaultdict(int)
    for entry in history:
        boot = _boot(entry) if "boot" in entry else ("", 0)
        if entry["what"] == "receipted":
            promised[boot] = max(promised[boot], entry["upto"])
        elif entry["what"] == "looked" and entry["upto"] < promised[boot]:
            missing = promised[boot] - entry["upto"]
            yield missing, f"{_of(boot)}: receipted up to {promised[boot]}, the database has {entry['upto']}"
    stored = _spans(history, "stored")
    for boot, upto in promised.items():
        for first, last in _minus([(1, upto)] if upto else [], stored[boot]):
            yield last - first + 1, f"{_of(boot)} {first} to {last}: receipted, not stored"


def executed_twice(history: Sequence[Entry]) -> Found:
    """A command was carried out twice, or was never given."""
    given = {(e["bench"], e["counter"], e["name"]) for e in _all(history, "commanded")}
    done: set[tuple[str, int]] = set()
    for entry in _all(history, "executed"):
        if (entry["bench"], entry["counter"]) in done:
            yield 1, f"{entry['bench']}: command {entry['counter']} {entry['name']} executed twice"
        if (entry["bench"], entry["counter"], entry["name"]) not in given:
            yield 1, f"{entry['bench']}: {entry['counter']} {entry['name']} executed, never commanded"
        done.add((entry["bench"], entry["counter"]))


def started_twice(history: Sequence[Entry]) -> Found:
    """A bench began a run again, after a restart or under another command."""
    begun: set[str] = set()
    for entry in history:
        if entry["what"] == "started" and entry["run"] in begun:
            yield 1, f"{entry['bench']}: run {entry['run']} started twice"
        if entry["what"] == "started":
            begun.add(entry["run"])


def without_end(history: Sequence[Entry]) -> Found:
    """A run was begun, and nobody is told what came of it."""
    ended = {entry["run"] for entry in _all(history, "run")}
    for entry in _all(history, "started"):
        if entry["run"] not in ended:
            yield 1, f"{entry['bench']}: run {entry['run']} started, and has no result"


def without_lease(history: Sequence[Entry]) -> Found:
    """An output was energised while no lease was running."""
    until_s: dict[tuple[str, str], float] = {}
    on: set[tuple[str, str]] = set()
    for entry in history:
        if entry["what"] not in ("leased", "output"):
            continue
        output = (entry["bench"], entry["output"])
        if output in on and entry["t_s"] > until_s.get(output, float("-inf")):
            yield 1, f"{output[0]} {output[1]}: on at {entry['t_s']:g} s, its lease ended before"
            on.discard(output)
        if entry["what"] == "leased":
            until_s[output] = entry["until_s"]
        elif not entry["on"]:
            on.discard(output)
        elif entry["t_s"] > until_s.get(output, float("-inf")):
            yield 1, f"{output[0]} {output[1]}: switched on at {entry['t_s']:g} s without a lease"
        else:
            on.add(output)


def trained_on_incomplete(history: Sequence[Entry]) -> Found:
    """The optimizer was told of a run that did not end so, or whose records are not all stored by then."""
    ended: dict[str, Entry] = {}
    so_far: list[Entry] = []
    for entry in history:
        if entry["what"] == "run":
            ended[entry["run"]] = entry
        elif entry["what"] == "stored":
            so_far.append(entry)
        elif entry["what"] == "trained":
            yield from _untrainable(entry, ended.get(entry["run"]), so_far)


TRAINED = "trained on incomplete"
RULES: dict[str, Callable[[Sequence[Entry]], Found]] = {
    "lost": lost,
    "without points": without_points,
    "duplicate": duplicate,
    "out of order": out_of_order,
    "altered": altered,
    "sent before durable": sent_before_durable,
    "receipt too early": receipt_too_early,
    "executed twice": executed_twice,
    "started twice": started_twice,
    "without end": without_end,
    "without lease": without_lease,
    TRAINED: trained_on_incomplete,
}


# --- inner -------------------------------------------------------------------------------------------------------
def _untrainable(told: Entry, end: Entry | None, so_far: Sequence[Entry]) -> Found:
    run = told["run"]
    if end is None or end["outcome"] not in LEARNT_AS[told["outcome"]]:
        how = "not at all" if end is None else end["outcome"]
        yield 1, f"run {run}: trained on as {told['outcome']}, and ended {how}"
        return
    stored = _spans(so_far, "stored")
    for boot, first, last in end["ranges"]:
        for low, high in _minus([(first, last)], stored[(end["bench"], boot)]):
            yield 1, f"run {run}: trained on without {low} to {high} of boot {boot}"


def _all(history: Sequence[Entry], what: str) -> Iterable[Entry]:
    return (entry for entry in history if entry["what"] == what)


def _boot(entry: Entry) -> Boot:
    return entry["bench"], entry["boot"]


def _of(boot: Boot) -> str:
    return f"{boot[0]} boot {boot[1]}"


def _spans(history: Sequence[Entry], what: str) -> dict[Boot, Spans]:
    """Per boot the numbers that entries name by first and count."""
    found: dict[Boot, Spans] = defaultdict(list)
    for entry in _all(history, what):
        found[_boot(entry)].append((entry["first"], entry["first"] + entry["count"] - 1))
    return defaultdict(list, {boot: _union(spans) for boot, spans in found.items()})


def _ranges(history: Sequence[Entry], what: str) -> dict[Boot, Spans]:
    found: dict[Boot, Spans] = defaultdict(list)
    for entry in _all(history, what):
        found[_boot(entry)].append((entry["first"], entry["last"]))
    return found


def _union(spans: Spans) -> Spans:
    """Sorted, and joined where they touch."""
    out: Spans = []
    for first, last in sorted(spans):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return out


def _minus(spans: Spans, others: Spans) -> Spans:
    """What is left of sorted spans without others, both as `_union` gives them."""
    left: Spans = []
    for first, last in spans:
        for low, high in others:
            if high < first or low > last:
                continue
            if low > first:
                left.append((first, low - 1))
            first = high + 1
        if first <= last:
            left.append((first, last))
    return left
