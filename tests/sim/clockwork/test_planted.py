"""That the simulation finds mistakes: each is planted into the product, and must be found within a few histories."""

from collections.abc import Callable
from typing import Any

import pytest
from adatom.cloud.campaign import runner
from adatom.cloud.ingest.service import Ingest
from adatom.cloud.store.commands import Commands
from adatom.cloud.store.store import Store
from adatom.edge.journal import Journal
from adatom.edge.station import Station
from adatom.protocol import session
from adatom.protocol.seal import CommandGate
from adatom.protocol.session import Record, Uplink
from adatom.sim.clockwork.laboratory import Laboratory

SEEDS = (5, 4, 1, 2, 3, 6, 8)
# which of the histories shows a mistake soonest, where it is not the first; the others are lived through if it does not
QUICK = {"resent_under_a_new_number": 3, "boots_not_counted": 2, "replays_obeyed": 1, "anything_is_learnt_from": 4,
         "failure_kept_as_complete": 2, "runs_forgotten": 8}  # fmt: skip
HOURS = 3.0
MEAN_S = 240.0  # between two faults

Patch = pytest.MonkeyPatch


def receipt_before_commit(patch: Patch) -> None:
    """The ingest receipts what it has taken, then stores it."""

    async def hasty(self: Ingest, waiting: list[Any]) -> None:
        fresh, touched = await self._verified(waiting)
        for record in fresh:
            self._intakes[record.bench].committed[record.boot] = record.last
        await self.receipts(touched)
        await self.store.call(Store.ingest, fresh, self.clock.utc_s())
        for record in fresh:
            self.listener.committed(record)

    patch.setattr(Ingest, "_write", hasty)


def acknowledged_is_receipted(patch: Patch) -> None:
    """The journal forgets what was sent."""
    publish = Station.publish

    def forgetful(self: Station, run_ms: int, link_ms: int) -> list[tuple[str, bytes]]:
        out = publish(self, run_ms, link_ms)
        flying = self.uplink.waiting[: self.uplink.in_flight]
        if flying:
            last = flying[-1]
            self.uplink.receipt(last.boot, last.first + last.count - 1, link_ms)
            self.recorder.journal.receipted(last.boot, last.first + last.count - 1)
        return out

    patch.setattr(Station, "publish", forgetful)


def never_synced(patch: Patch) -> None:
    """The journal calls durable what was only written."""
    patch.setattr(Journal, "sync", lambda self: None)


def boots_not_counted(patch: Patch) -> None:
    """Every boot has the same number."""
    count = Journal._count_boot

    def stuck(self: Journal, first_boot: int) -> int:
        count(self, first_boot)
        return 1 << 20

    patch.setattr(Journal, "_count_boot", stuck)


def resent_under_a_new_number(patch: Patch) -> None:
    """What is sent again after a lost connection gets fresh numbers."""

    def restart(self: Uplink) -> None:
        self.waiting = [Record(r.boot, r.first + 1, r.count, r.kind, r.payload) for r in self.waiting]
        self.in_flight = 0

    patch.setattr(Uplink, "restart", restart)


def not_resent(patch: Patch) -> None:
    """What was in flight when the connection went is taken for delivered."""
    patch.setattr(session, "RESEND_MS", 10**12)
    patch.setattr(Uplink, "restart", lambda self: None)
    patch.setattr(Uplink.__init__, "__defaults__", (session.WINDOW, 10**12))


def counter_not_persisted(patch: Patch) -> None:
    """The cloud counts its commands by the wall clock alone."""
    log = Commands.log_command

    def forgetful(self: Commands, bench: str, name: str, args: Any, utc_s: float, who: str = "") -> int:
        log(self, bench, name, args, utc_s, who)
        return int(utc_s) % 7 + 1

    patch.setattr(Commands, "log_command", forgetful)


def replays_obeyed(patch: Patch) -> None:
    """A bench takes a command as often as the broker delivers it."""
    patch.setattr(CommandGate, "use_up", lambda self, command, now_ms: None)


def runs_forgotten(patch: Patch) -> None:
    """A bench does not know after a restart which run it has begun."""
    patch.setattr(Journal, "last_run", lambda self: "")


def anything_is_learnt_from(patch: Patch) -> None:
    """The campaign tells the optimizer of whatever has ended, as if it were complete."""
    conclude = runner.Campaign._conclude

    async def credulous(self: Any, trial: Any, run_id: str, result: Any) -> None:
        await conclude(self, trial, run_id, {**result, "outcome": "complete"})

    patch.setattr(runner, "incomplete", lambda store, run_id: "")
    patch.setattr(runner, "_judged", lambda quantities: ("complete", ""))
    patch.setattr(runner.Campaign, "_told", lambda *_: {"r_interface_ohm_cm2": (10.0, 0.1)})
    patch.setattr(runner.Campaign, "_conclude", credulous)


def aborted_counts_as_failed(patch: Patch) -> None:
    """The campaign takes a run that was cut off for one that the recipe spoilt."""
    conclude = runner.Campaign._conclude

    async def hasty(self: Any, trial: Any, run_id: str, result: Any) -> None:
        was_cut = result["outcome"] == "aborted"
        await conclude(self, trial, run_id, {**result, "outcome": "failed"} if was_cut else result)

    patch.setattr(runner, "incomplete", lambda store, run_id: "")
    patch.setattr(runner.Campaign, "_conclude", hasty)


def failure_kept_as_complete(patch: Patch) -> None:
    """The optimizer is told the truth, and the database something else."""
    keep = runner._keep_result

    def rosy(store: Store, name: str, number: int, run_id: str, outcome: str, *more: Any, **named: Any) -> None:
        keep(store, name, number, run_id, "complete" if outcome == "failed" else outcome, *more, **named)

    patch.setattr(runner, "_keep_result", rosy)


def result_forgotten(patch: Patch) -> None:
    """A run that a crash cut off is not reported."""
    patch.setattr(Station, "recover", lambda self, run_ms: self._catch_up())


PLANTED = {
    receipt_before_commit: "receipt too early",
    acknowledged_is_receipted: "lost",
    never_synced: "lost",
    boots_not_counted: "not settled",
    resent_under_a_new_number: "crashed",
    not_resent: "not settled",
    counter_not_persisted: "executed twice",
    replays_obeyed: "executed twice",
    runs_forgotten: "started twice",
    anything_is_learnt_from: "trained on incomplete",
    aborted_counts_as_failed: "trained on incomplete",
    failure_kept_as_complete: "trained on incomplete",
    result_forgotten: "without end",
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_mistake_is_found(plant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    plant(monkeypatch)
    found: set[str] = set()
    for seed in sorted(SEEDS, key=lambda seed: seed != QUICK.get(plant.__name__)):
        found |= {one.rule for one in Laboratory(seed, 1, MEAN_S).live(HOURS).violations}
        if PLANTED[plant] in found:
            return
    pytest.fail(f"not found within {len(SEEDS)} histories of {HOURS:g} h; instead: {found or 'nothing'}")
