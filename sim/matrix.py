"""Every instrument with every fault, against the real agent and drivers in virtual time: does the bench get safe?

A scenario copies a bench in the middle of its work, breaks an instrument at a random moment and watches the truth: what
is energised, what the substrate gets. It ends safe (tripped or failed), stays within the declared tolerance, is a fault
that no sensor of such a bench can show (UNSEEN, with the reason), or is NOT SAFE. A pure function of its seeds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Any

from adatom.edge.fault_table import INSTRUMENTS, KINDS, UNSUPPORTED, meaning
from adatom.edge.turn import SAFE_STATES
from adatom.protocol.errors import InputError

from .lines import KINDS as CHOICES
from .moments import CHANGING, COOLING, DEPOSITING, HEATING, MEASURING, SOAKING, moments
from .snapshot import Snapshot
from .truth import TOLERANCES, Truth
from .virtual import VirtualRig

TRIPPED, FAILED, TOLERATED, UNSEEN, NOT_SAFE = OUTCOMES = ("tripped", "failed run", "tolerated", "unseen", "NOT SAFE")
EARLIEST_MS, LATEST_MS = 500, 6000  # of the injection, after the copy
HORIZON_MS = 30000  # after the injection: the longest look of a rule is 20 s
AFTERMATH_MS = 2000  # after the trip
SAFE_WITHIN_MS = 1000  # from the trip to outputs that are really safe
# role -> the moments that its scenarios begin in, in turn
MOMENTS_OF: dict[str, tuple[str, ...]] = {
    "carousel": (CHANGING,),
    "attenuator": (DEPOSITING, CHANGING, SOAKING),
    "laser": (DEPOSITING, SOAKING, CHANGING, COOLING),
    "io": (DEPOSITING, HEATING, SOAKING, COOLING),
    "potentiostat": (MEASURING,),
}
HOT_MOMENTS = (HEATING, SOAKING, DEPOSITING, COOLING)
_NO_PLACE = "the controller never answers, no sensor sees where the targets stand: pulses fall on a wrong one"
_NO_SECOND_METER = "a spectrum that is twice too large looks like a worse cell; a test cell of known value would tell"
# what no sensor of such a bench shows: (role, kind) -> why. Nothing stays energised that should not
BLIND: dict[tuple[str, str], str] = {
    **{("carousel", kind): _NO_PLACE for kind in KINDS},
    ("potentiostat", "wrong"): _NO_SECOND_METER,
}


@dataclass(frozen=True)
class Ending:
    """How one scenario ended. `found_ms`, `safe_ms`: from the injection, None when it was not; `off`: what exceeded its
    tolerance; `worst`: quantity -> largest deviation of the truth from the plan."""

    seed: int
    moment: str
    outcome: str
    name: str = ""
    found_ms: int | None = None
    safe_ms: int | None = None
    off: str = ""
    worst: dict[str, float] = field(default_factory=dict)


@dataclass
class Cell:
    """One pair: why it cannot be, or how its scenarios ended."""

    instrument: str
    role: str
    kind: str
    text: str
    unsupported: bool = False
    endings: list[Ending] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """The worst ending, or "unsupported"."""
        if self.unsupported:
            return UNSUPPORTED
        return max((ending.outcome for ending in self.endings), key=OUTCOMES.index)

    def row(self) -> dict[str, Any]:
        """JSON-ready: counts of the outcomes, their names, times to detection, largest deviations."""
        times = [ending.found_ms / 1000 for ending in self.endings if ending.found_ms is not None]
        safe = [ending.safe_ms / 1000 for ending in self.endings if ending.safe_ms is not None]
        row: dict[str, Any] = {
            "instrument": self.instrument,
            "role": self.role,
            "kind": self.kind,
            "does": self.text,
            "outcome": self.outcome,
            "n": len(self.endings),
            "counts": {name: count for name in OUTCOMES if (count := self._count(name))},
            "names": sorted({ending.name for ending in self.endings if ending.name}),
            "detection_s": {"n": len(times), "median": round(median(times), 1), "worst": max(times)} if times else None,
            "safe_s": {"n": len(safe), "worst": max(safe)} if safe else None,
            "worst_deviation": self._worst(),
        }
        off = [f"seed {ending.seed}, {ending.moment}: {ending.off}" for ending in self.endings if ending.off]
        return row | ({"not_within": off} if off else {})

    def _count(self, outcome: str) -> int:
        return sum(ending.outcome == outcome for ending in self.endings)

    def _worst(self) -> dict[str, float]:
        """Of the scenarios that went on."""
        worst: dict[str, float] = {}
        for ending in self.endings:
            if ending.outcome == TOLERATED:
                for name, value in ending.worst.items():
                    worst[name] = max(worst.get(name, 0.0), round(value, 2))
        return worst


def matrix(
    seeds: int,
    instruments: Sequence[str] = (),
    kinds: Sequence[str] = (),
    progress: Callable[[int, int, str], None] | None = None,
) -> list[Cell]:
    """The cells of these instruments and kinds (none: all), `seeds` scenarios each. `progress(done, total, what)`."""
    chosen = [pair for pair in INSTRUMENTS if not instruments or pair[0] in instruments]
    words = [kind for kind in KINDS if not kinds or kind in kinds]
    _check("--instrument", instruments, [name for name, _ in INSTRUMENTS])
    _check("--kind", kinds, KINDS)
    cells: list[Cell] = []
    benches = Benches()
    for instrument, role in chosen:
        for kind in words:
            if progress is not None:
                progress(len(cells), len(chosen) * len(words), f"{instrument} {kind}")
            cells.append(cell_of(instrument, role, kind, range(seeds), benches))
    return cells


class Benches:
    """The snapshots, each made when it is first asked for."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Snapshot] = {}

    def at(self, moment: str, instrument: str, role: str) -> Snapshot:
        """A bench with this instrument at this moment."""
        choice = "" if CHOICES[role][0] == instrument else f"{role}={instrument}"
        if (choice, moment) not in self._found:
            hot = moment in (SOAKING, DEPOSITING, COOLING)  # they come of one run
            wanted = (SOAKING, DEPOSITING, COOLING) if hot else (moment,)
            made = moments([choice] if choice else [], wanted)
            self._found |= {(choice, name): snapshot for name, snapshot in made.items()}
        return self._found[choice, moment]


def cell_of(instrument: str, role: str, kind: str, seeds: Sequence[int], benches: Benches) -> Cell:
    """One pair's cell."""
    where, text = meaning(instrument, kind)
    cell = Cell(instrument, role, kind, text, where == UNSUPPORTED)
    if not cell.unsupported:
        turns = MOMENTS_OF.get(role, HOT_MOMENTS)
        for seed in seeds:
            moment = turns[seed % len(turns)]
            cell.endings.append(scenario(benches.at(moment, instrument, role), moment, role, kind, seed))
    return cell


def scenario(snapshot: Snapshot, moment: str, role: str, kind: str, seed: int) -> Ending:
    """Break an instrument of a copy at a random moment, and watch."""
    random = Random(f"{moment} {role} {kind} {seed}")
    rig = snapshot.rig()
    rig.run(random.randint(EARLIEST_MS, LATEST_MS) if moment != MEASURING else random.randint(0, 3000))
    rig.inject(role, kind, seed)
    truth, began = Truth(rig), rig.now
    rig.run(HORIZON_MS, truth.step)
    if truth.found_ms is not None:
        rig.run(AFTERMATH_MS, truth.after)
    name = _name(rig)
    times = (_since(began, truth.found_ms), _since(began, truth.safe_ms))
    if truth.found_ms is None:
        outcome = TOLERATED if not truth.off else UNSEEN if (role, kind) in BLIND else NOT_SAFE
    elif (truth.off and (role, kind) not in BLIND) or not _soon(truth):
        outcome = NOT_SAFE
    else:
        outcome = TRIPPED if rig.agent.chamber.latched else FAILED
    off = truth.off if outcome in (UNSEEN, NOT_SAFE) else ""
    if outcome == NOT_SAFE and not off:
        off = f"still energised {SAFE_WITHIN_MS} ms after the trip: {', '.join(rig.energised()) or 'no longer'}"
    return Ending(seed, moment, outcome, name if truth.found_ms is not None else "", *times, off, truth.worst)


def not_safe(cells: Sequence[Cell]) -> list[Cell]:
    """The cells in which the bench neither gets safe nor stays within its tolerance."""
    return [cell for cell in cells if cell.outcome == NOT_SAFE]


def declared() -> Iterator[tuple[str, str]]:
    """The tolerances, as (quantity, text)."""
    for name, (limit, unit, text) in TOLERANCES.items():
        yield name, f"{limit:g} {unit}: {text}"


def _soon(truth: Truth) -> bool:
    return truth.found_ms is not None and truth.safe_ms is not None and truth.safe_ms - truth.found_ms <= SAFE_WITHIN_MS


def _since(began: int, when: int | None) -> int | None:
    return None if when is None else when - began


def _name(rig: VirtualRig) -> str:
    """What ended the run: the interlock that tripped, the step that was not seen to be safe, or the failure."""
    for _, name, data in reversed(rig.station.events):
        if name == "trip":
            return str(data["interlock"]) if data["interlock"] != "reported" else str(data["why"])
        if name == "not_safe" and "step" in data:
            return f"not seen to be safe: {data['step']}"
        if name == "run_end" and rig.agent.state not in SAFE_STATES:
            return str(data["reason"]).split(":")[0]
    return rig.agent.chamber.ending[1].split(":")[0] if rig.agent.chamber.ending else ""


def _check(where: str, asked: Sequence[str], allowed: Sequence[str]) -> None:
    unknown = [name for name in asked if name not in allowed]
    if unknown:
        raise InputError(where, f"{unknown[0]!r}: must be one of {', '.join(allowed)}")
