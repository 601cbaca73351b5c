"""Records of cyclers that come to a run days after its end: kept with the run, told to the optimizer as amendments.

A file belongs to the run that is stated, or that its `sample` line or its name spells. The newest file of a run counts:
cyclers export a cell that lives on again and again.
"""

import hashlib
import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adatom.cloud.measure.cycling.analyse import analyse, with_area
from adatom.cloud.measure.cycling.files import record_of
from adatom.cloud.measure.cycling.quantities import quantities_of
from adatom.cloud.measure.cycling.record import Record
from adatom.cloud.measure.eis.files import file_bytes
from adatom.cloud.measure.quantity import Quantity
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError

TECHNIQUE = "cycling"
QUIET_S = 60.0  # a file that changed later may still be written
ENDED_WITH_SAMPLE = ("complete", "failed")
LN10 = math.log(10.0)
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attached:
    """What a file gave to a run; not `new`: the run has this very file already. `before`: values that it replaces."""

    file: str
    run_id: str
    trial: int
    quantities: list[Quantity]
    simulated: bool
    new: bool
    before: dict[str, float]


def attach_file(
    store: Store, path: Path, now_utc_s: float, run_id: str | None = None, area_cm2: float | None = None
) -> Attached:
    """Keep a cycler's file with a run: its bytes, its quantities, that it came late. All or nothing.

    Raises InputError for a file that is no record, and for a run that is unknown, goes on or was aborted.
    """
    data = file_bytes(path)
    record = record_of(str(path), data)
    run = _ended_run(store, run_id or _spelt(store, path, record), str(path))
    if area_cm2 is None and record.area_cm2 is None:
        area_cm2 = _bench_area_cm2(store, run["run_id"])
    found = analyse(with_area(record, area_cm2))
    quantities = quantities_of(found)
    simulated = found.simulated or any(one["simulated"] for one in run["quantities"].values())
    with store.transaction():
        new = store.put_attachment(
            run["run_id"], data, path.name, TECHNIQUE, [one.name for one in quantities], now_utc_s
        )
        for one in quantities if new else ():
            put_quantity(store, run["run_id"], one, simulated=simulated, late_file=path.name)
    had = {name: row["value"] for name, row in run["quantities"].items() if row["value"] is not None}
    before = {one.name: had[one.name] for one in quantities if new and one.name in had}
    return Attached(path.name, run["run_id"], run["trial"], quantities, simulated, new, before)


def put_quantity(store: Store, run_id: str, q: Quantity, *, simulated: bool, late_file: str = "") -> None:
    """Keep a quantity of a run; `late_file` names the file that came after its end."""
    scale, sd = ("ln", q.sd_log) if q.sd_log is not None else ("linear", q.sd)
    quality = {"quality": q.quality, "reason": q.reason, "notes": list(q.notes)}
    store.put_quantity(
        run_id, q.name, q.value, unit=q.unit, simulated=simulated, sd=sd, scale=scale,
        censored=q.quality == "censored", quality=quality | ({"late_file": late_file} if late_file else {}),
    )  # fmt: skip


def hear(store: Store, campaign: str, optimizer: Optimizer) -> list[int]:
    """The trials whose late quantities the optimizer has now been told, in one transaction with its state."""
    waiting = store.untold(campaign)
    if not waiting:
        return []
    order = store.told_order(campaign)
    recipes = {row["trial"]: row["recipe"] for row in store.trials(campaign)}
    heard = []
    with store.transaction():
        for trial, run_id, names in waiting:
            values = _values(store.quantities(run_id), names, optimizer)
            if values and trial in order:
                optimizer.amend(_place(optimizer, order, recipes, trial), values)
                heard.append(trial)
        store.note_told([run_id for _, run_id, _ in waiting])
        store.save_state(campaign, optimizer.state())
    return heard


class LateFolder:
    """A folder into which cyclers' files are put while a campaign runs; none of them is moved, changed or deleted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._settled: dict[str, tuple[int, int]] = {}  # what was looked into: size, time of the last change in ns

    def take(self, store: Store, now_utc_s: float) -> list[Attached]:
        """Attach what is new and has been quiet for QUIET_S; what cannot be attached is said once in the log."""
        found = []
        for path in sorted(self.path.glob("*")) if self.path.is_dir() else ():
            if path.is_symlink() or not path.is_file() or path.name.startswith((".", "~", "#")):
                continue
            status = path.stat()
            identity = status.st_size, status.st_mtime_ns
            if self._settled.get(path.name) == identity or now_utc_s - status.st_mtime < QUIET_S:
                continue
            self._settled[path.name] = identity
            found += self._taken(store, path, now_utc_s)
        return found

    def _taken(self, store: Store, path: Path, now_utc_s: float) -> list[Attached]:
        try:
            if store.is_attached(hashlib.sha256(file_bytes(path)).hexdigest()):
                return []
            return [attach_file(store, path, now_utc_s)]
        except StillRunsError:
            del self._settled[path.name]
        except InputError as error:
            LOG.warning("not attached: %s", error)
        return []


class StillRunsError(InputError):
    """The run that a file belongs to has not ended."""


# --- inner -------------------------------------------------------------------------------------------------------


def _spelt(store: Store, path: Path, record: Record) -> str:
    """The run that the file's `sample` line, or else its name, spells."""
    runs = [
        run["run_id"] for row in store.campaigns() for trial in store.trials(row["campaign"]) for run in trial["runs"]
    ]
    for text in (record.meta.get("sample", ""), record.meta.get("run", ""), path.stem):
        named = [run for run in runs if re.search(rf"(?<![A-Za-z0-9]){re.escape(run)}(?![A-Za-z0-9])", text)]
        if named:
            return str(max(named, key=len))
    raise InputError(str(path), "neither its name nor a line `# sample = RUN` spells a run of this database: --run RUN")


def _ended_run(store: Store, run_id: str, where: str) -> dict[str, Any]:
    run = store.run(run_id)
    if run is None:
        raise InputError("--run", f"{run_id!r} is no run of {store.path}")
    if run["outcome"] is None:
        raise StillRunsError(where, f"run {run_id} has not ended: attach the file when it has")
    if run["outcome"] not in ENDED_WITH_SAMPLE:
        raise InputError(where, f"run {run_id} was {run['outcome']}: it left no sample that counts")
    return run


def _bench_area_cm2(store: Store, run_id: str) -> float | None:
    """The electrode area that the bench's own spectra state."""
    areas = [one["meta"].get("area_cm2") for one in store.measurements(run_id, "eis")]
    return next((float(area) for area in reversed(areas) if isinstance(area, int | float) and area > 0), None)


def _values(
    rows: Mapping[str, Mapping[str, Any]], names: Sequence[str], optimizer: Optimizer
) -> dict[str, tuple[float, float]]:
    """What the optimizer is told of a run's quantities: value and standard deviation in the value's own unit."""
    wanted = {objective.name for objective in optimizer.objectives}
    found = {name: rows[name] for name in names if name in wanted and name in rows}
    return {name: (row["value"], _sd(row)) for name, row in found.items() if row["value"] is not None}


def _sd(row: Mapping[str, Any]) -> float:
    if row["sd"] is None:
        return 0.0
    value = abs(float(row["value"]))
    return float(row["sd"]) * {"linear": 1.0, "ln": value, "log10": LN10 * value}[row["scale"]]


def _place(optimizer: Optimizer, order: Sequence[int], recipes: Mapping[int, Mapping[str, Any]], trial: int) -> int:
    """Index into what was told of a trial: of equal recipes, the one told as manieth as the trial is among them.

    Not the place in `order` itself: with several benches two outcomes may be told in one order and kept in another.
    """
    plain = optimizer.space.plain
    wanted = plain(recipes[trial])
    rank = [one for one in order if plain(recipes[one]) == wanted].index(trial)
    return [index for index, (point, _) in enumerate(optimizer.told) if point == wanted][rank]
