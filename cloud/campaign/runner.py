"""The closed loop: ask, check, run on a bench, measure, tell. Everything that must survive a crash is in the store.

Each step is one transaction, so that a campaign that was killed anywhere goes on as if it had not been: the optimizer's
state stands beside the trial that came of it, and the outcome of a run is told once.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.campaign.late import LateFolder, hear, put_quantity
from adatom.cloud.campaign.quantities import PRIMARY
from adatom.cloud.campaign.scores import TURN_EVERY
from adatom.cloud.clock import CLOCK, Clock
from adatom.cloud.evaluate.meta.foretell import foretell
from adatom.cloud.evaluate.meta.loop import turn
from adatom.cloud.measure.quantity import Quantity
from adatom.cloud.measure.reduce import reduce_run
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.proof.issue import incomplete
from adatom.cloud.store.scoring import Scored
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol.envelope import check
from adatom.protocol.errors import FailedError
from adatom.protocol.recipe import recipe_from_dict

MAX_ATTEMPTS = 5  # runs of one trial that a crash or a person may abort before it is given up
UNFINISHED = ("proposed", "reserved", "running")
LOST = "the bench knows nothing of this run"
Recipe = dict[str, Any]


@dataclass
class Trial:
    """A trial as the runner carries it."""

    number: int
    state: str
    recipe: Recipe
    attempts: int
    bench: str = ""


@dataclass(frozen=True)
class Finished:
    """How a trial ended, for whoever watches."""

    number: int
    outcome: str  # complete, failed or aborted
    reason: str
    r_interface_ohm_cm2: float | None
    sd_ln: float | None


class Campaign:
    """One campaign over its benches."""

    def __init__(
        self,
        name: str,
        budget: int,
        benches: Mapping[str, dict[str, Any]],  # bench -> its envelope
        store: StoreThread,
        fleet: Fleet,
        optimizer: Optimizer,
        on_finished: Callable[[Finished], None] = lambda finished: None,
        clock: Clock = CLOCK,
        mishaps: tuple[str, ...] = (),
        late: LateFolder | None = None,
        learn: bool = False,
    ) -> None:
        """`mishaps`: how reasons of failures begin that say nothing of a recipe. `late`: where cyclers' files come.

        `learn`: the weights of V take their steps as outcomes come in.
        """
        self.name = name
        self.budget = budget
        self.benches = benches
        self.store = store
        self.fleet = fleet
        self.optimizer = optimizer
        self.on_finished = on_finished
        self.clock = clock
        self.mishaps = mishaps
        self.late = late
        self.learn = learn
        self.running: dict[str, Trial] = {}  # bench -> the trial on it
        self.held = ""  # why no trial is begun, "" when they are
        self._may_go_on = asyncio.Event()
        self._may_go_on.set()
        self._asking = asyncio.Lock()

    def hold(self, why: str) -> None:
        """Begin no trial until `go_on`; what runs, runs."""
        self.held = why or "held"
        self._may_go_on.clear()

    def go_on(self) -> None:
        """Begin trials again."""
        self.held = ""
        self._may_go_on.set()

    async def run(self) -> None:
        """Until the budget is spent. FailedError when a bench needs a person."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for bench in self.benches:
                    tasks.create_task(self._serve(bench))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # the first bench that failed says why; the others were stopped

    async def _serve(self, bench: str) -> None:
        while (trial := await self._next(bench)) is not None:
            await self._may_go_on.wait()
            self.running[bench] = trial
            await self._carry_out(trial, bench)
            del self.running[bench]

    async def _next(self, bench: str) -> Trial | None:
        """The trial for this bench: one it had before a crash, one that waits, or a new one."""
        await self._may_go_on.wait()
        async with self._asking:
            await self.store.call(_hear_late, self.late, self.name, self.optimizer, self.clock.utc_s())
            taken = {trial.number for trial in self.running.values()}
            rows = [_trial(row) for row in await self.store.call(Store.trials, self.name)]
            open_ones = [t for t in rows if t.state in UNFINISHED and t.number not in taken]
            for trial in sorted(open_ones, key=lambda t: (t.state == "proposed", t.number)):
                if trial.state == "proposed" or trial.bench in ("", bench):
                    return trial
            if sum(trial.state != "abandoned" for trial in rows) >= self.budget:
                return None
            return await self._propose(len(rows) + 1, bench)

    async def _propose(self, number: int, bench: str) -> Trial:
        recipe = (await asyncio.to_thread(self.optimizer.ask, 1))[0]
        scored = (await self.store.call(Store.score, [(str(number), recipe)], self.benches[bench], self.name))[0]
        await self.store.call(_keep_proposal, self.name, number, recipe, scored, self.optimizer, self.clock.utc_s())
        return Trial(number, "proposed", recipe, 0)

    async def _carry_out(self, trial: Trial, bench: str) -> None:
        if trial.state == "proposed":
            await self._move(trial, "reserve")
        elif trial.state == "reserved":  # before a crash: the run may be on, over or cut off
            await self.fleet.settled(bench, self._run_id(trial.number, trial.attempts + 1))
        if trial.state == "reserved" and not await self._start(trial, bench):
            return
        run_id = self._run_id(trial.number, trial.attempts)
        result = await self.store.call(Store.result, run_id) or await self.fleet.ended(bench, run_id)
        await self._conclude(trial, run_id, result or {"outcome": "aborted", "reason": LOST})

    async def _start(self, trial: Trial, bench: str) -> bool:
        """Whether the bench runs the trial now (or had already done so before a crash of ours)."""
        run_id = self._run_id(trial.number, trial.attempts + 1)
        args = {"run": run_id, "trial": f"{self.name}-{trial.number:04d}", "recipe": trial.recipe}
        while await self.store.call(Store.result, run_id) is None:
            reasons = await self.fleet.command(bench, "run", args)
            if not reasons or await self._ran_before(bench, run_id):
                break
            if not await self._may_try_again(trial, bench, reasons):
                return False
        await self.store.call(_keep_start, self.name, trial.number, bench, run_id, self.clock.utc_s())
        trial.state, trial.attempts, trial.bench = "running", trial.attempts + 1, bench
        return True

    async def _ran_before(self, bench: str, run_id: str) -> bool:
        """Whether a refused run is one that the bench carried out while we were away; its result may still come."""
        return await self.fleet.ended(bench, run_id) is not None

    async def _may_try_again(self, trial: Trial, bench: str, reasons: Sequence[str]) -> bool:
        """Whether a refused trial may be sent again: yes once a bench that was busy is idle, no when it never will be.

        FailedError when it is the bench that cannot run, whatever the recipe.
        """
        why = f"{bench} refuses: {'; '.join(reasons)}"
        if check(recipe_from_dict(trial.recipe), self.benches[bench]):
            await self._move(trial, "refuse", why)
            self.optimizer.forget([trial.recipe])
            return False
        view = await self.fleet.ready(bench)
        if view.run:
            await self.fleet.ended(bench, view.run)
            return True
        await self._move(trial, "release", why)
        raise FailedError(f"{why} (a person has to look at the bench; then resume the campaign)")

    async def _conclude(self, trial: Trial, run_id: str, result: Mapping[str, Any]) -> None:
        outcome, reason = result["outcome"], result["reason"]
        if outcome != "aborted" and (lacks := await self.store.call(incomplete, run_id)):
            outcome, reason = "aborted", f"incomplete, nothing is learnt from it: {lacks}"
        quantities: list[Quantity] = []
        simulated = False
        if outcome == "complete":
            measurements = await self.store.call(Store.measurements, run_id)
            simulated = any(measurement["meta"].get("simulated", 0) for measurement in measurements)
            quantities = await asyncio.to_thread(reduce_run, measurements)
            outcome, reason = _judged(quantities)
        believed: int | None = None
        if outcome != "aborted":
            self.optimizer.tell([trial.recipe], [self._told(outcome, reason, quantities)])
            believed = await asyncio.to_thread(self.optimizer.incumbent)
        await self.store.call(
            _keep_result, self.name, trial.number, run_id, outcome, reason, quantities, self.optimizer,
            self.clock.utc_s(), simulated=simulated, believed=believed,
            abandon=outcome == "aborted" and trial.attempts >= MAX_ATTEMPTS,
        )  # fmt: skip
        if self.learn and outcome != "aborted":
            await self.store.call(_learn, self.name, self.clock.utc_s())
        trial.state = {"complete": "complete", "failed": "failed"}.get(outcome, "proposed")
        primary = next((q for q in quantities if q.name == PRIMARY), None)
        value, sd_ln = (primary.value, primary.sd_log) if primary else (None, None)
        self.on_finished(Finished(trial.number, outcome, reason, value, sd_ln))

    def _told(self, outcome: str, reason: str, quantities: Sequence[Quantity]) -> dict[str, Any]:
        """What the optimizer is told of a run."""
        if outcome == "failed":
            return told_of_failure(reason, self.mishaps)
        wanted = {objective.name: objective.log for objective in self.optimizer.objectives}
        found = [q for q in quantities if q.name in wanted and q.value is not None]
        return {q.name: (q.value, _sd(q, wanted[q.name])) for q in found}

    async def _move(self, trial: Trial, event: str, why: str = "") -> None:
        trial.state = await self.store.call(Store.move_trial, self.name, trial.number, event, self.clock.utc_s(), why)

    def _run_id(self, number: int, attempt: int) -> str:
        return f"{self.name}-{number:04d}-r1-a{attempt}"


def _trial(row: Mapping[str, Any]) -> Trial:
    runs = row["runs"]
    return Trial(row["trial"], row["state"], row["recipe"], row["attempts"], runs[-1]["bench"] if runs else "")


def _judged(quantities: Sequence[Quantity]) -> tuple[str, str]:
    """(outcome, reason) of a run whose measurements gave these: without a resistance there is nothing to learn from."""
    primary = next((q for q in quantities if q.name == PRIMARY), None)
    if primary is None or primary.value is None:
        return "failed", f"no {PRIMARY}: {primary.reason if primary else 'no spectrum'}"
    return "complete", ""


def told_of_failure(reason: str, mishaps: tuple[str, ...]) -> dict[str, Any]:
    """What an optimizer is told of a run that failed: by its recipe, or by a mishap that a reason begins with."""
    reason = reason.strip() or "failed"
    return {"mishap" if reason.startswith(mishaps) else "failed": reason}


def _sd(quantity: Quantity, log: bool) -> float:
    """Standard deviation in the quantity's own unit, 0 when it is not known."""
    if log:
        return (quantity.sd_log or 0.0) * abs(quantity.value or 0.0)
    return quantity.sd or 0.0


# --- one transaction each ---------------------------------------------------------------------------------------


def _hear_late(store: Store, late: LateFolder | None, name: str, optimizer: Optimizer, now: float) -> None:
    if late is not None:
        late.take(store, now)
    hear(store, name, optimizer)


def _keep_proposal(
    store: Store, name: str, number: int, recipe: Recipe, scored: Scored, optimizer: Optimizer, now: float
) -> None:
    provenance = "reference" if number == 1 and optimizer.reference is not None else optimizer.strategy
    with store.transaction():
        store.propose(name, number, recipe, provenance, scored.because.get("feasibility", ""), now)
        store.keep_scores(name, number, scored, now)
        foretell(store, name, number, scored, now)
        store.save_state(name, optimizer.state())


def _learn(store: Store, name: str, now: float) -> None:
    """Move the weights of V after every so many trials that ended."""
    if sum(row["state"] in ("complete", "failed") for row in store.trials(name)) % TURN_EVERY == 0:
        turn(store, now, name)


def _keep_start(store: Store, name: str, number: int, bench: str, run_id: str, now: float) -> None:
    with store.transaction():
        store.start_run(run_id, name, number, 1, bench, now)
        store.move_trial(name, number, "start", now)


def _keep_result(
    store: Store,
    name: str,
    number: int,
    run_id: str,
    outcome: str,
    reason: str,
    quantities: Sequence[Quantity],
    optimizer: Optimizer,
    now: float,
    *,
    simulated: bool,
    believed: int | None,
    abandon: bool,
) -> None:
    event = {"complete": "complete", "failed": "fail", "aborted": "abort"}[outcome]
    with store.transaction():
        for quantity in quantities:
            put_quantity(store, run_id, quantity, simulated=simulated)
        store.end_run(run_id, outcome, reason, now)
        store.move_trial(name, number, event, now, reason)
        if believed is not None:  # an index into what was told, this trial included
            store.put_incumbent(name, number, store.told_order(name)[believed])
        if abandon:
            store.move_trial(name, number, "abandon", now, f"given up after {MAX_ATTEMPTS} attempts")
            optimizer.forget([store_recipe(store, name, number)])
        store.save_state(name, optimizer.state())


def store_recipe(store: Store, name: str, number: int) -> Recipe:
    """The recipe of a trial."""
    return next(dict(row["recipe"]) for row in store.trials(name) if row["trial"] == number)
