"""One seed, one history: a laboratory of benches, broker and cloud, what befell it, and what the checker says of it."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from adatom.cloud.campaign.file import Campaign as CampaignFile
from adatom.cloud.proof.issue import incomplete
from adatom.cloud.proof.verify import verify_audit, verify_run
from adatom.cloud.store.store import Store
from adatom.protocol.keyring import EVERY_BENCH, NEEDED, KeyRing, bench_key
from adatom.sim.showcase import prepare
from adatom.sim.soak.checker import TRAINED, Entry, Violation, check
from adatom.sim.soak.lab import learnt_entries, point_entries, record_entries

from .bench import Bench
from .broker import Broker
from .cloud import Cloud
from .faults import Weaver
from .history import History
from .network import Network
from .scheduler import S, Scheduler

TRIALS = 1000  # more than any history lasts for
SETTLE_S = 1200  # once faults have stopped, everything is stored and receipted within this time
HOUR_S = 3600


@dataclass
class Story:
    """What a seed came to. `digest` is the same for the same seed, bit for bit."""

    seed: int
    hours: float
    digest: str
    violations: list[Violation]
    faults: dict[str, int]
    figures: dict[str, Any] = field(default_factory=dict)


class Laboratory:
    """Everything of one history, on one scheduler."""

    def __init__(self, seed: int, benches: int = 2, mean_s: float | None = None) -> None:
        self.scheduler = Scheduler(seed)
        self.history = History(self.scheduler)
        self.network = Network(self.scheduler)
        self.broker = Broker(self.network)
        chance = self.scheduler.chance("keys")
        self.keys = KeyRing({role: chance.randbytes(32) for role in NEEDED}, made_for=EVERY_BENCH)
        self.store = Store(":memory:")
        self.file = campaign_file(seed, benches)
        self.cloud = Cloud(self.scheduler, self.network, self.history, self.file, self.keys, self.store)
        self.benches = [self._bench(one) for one in self.file.benches]
        self.weaver = Weaver(self, mean_s)

    def live(self, hours: float) -> Story:
        """So many hours with faults, then peace until everything is delivered."""
        began_s = process_time()
        self.cloud.start()
        for bench in self.benches:
            bench.start()
        self.weaver.begin()
        self.scheduler.run(round(hours * HOUR_S * S))
        self.weaver.end()
        settled_s = self._settle()
        violations = check(self._whole_history()) + self._learnt() + self._own(settled_s)
        figures = {
            "settled_s": settled_s, "cpu_s": process_time() - began_s, "events": self.scheduler.events,
            "entries": len(self.history.entries), "points": sum(bench.points for bench in self.benches),
            "boots": sum(bench.boots for bench in self.benches), "cloud_starts": self.cloud.starts,
            "trials": self.cloud.finished,
        }  # fmt: skip
        self.cloud.kill()
        self.store.close()
        hours = self.scheduler.now_us / S / HOUR_S
        return Story(self.scheduler.seed, hours, self.history.digest, violations, dict(self.weaver.count), figures)

    # --- inner ---------------------------------------------------------------------------------------------------
    def _bench(self, one: Any) -> Bench:
        ring = KeyRing({used: bench_key(key, one.name) for used, key in self.keys.keys.items()}, made_for=one.name)
        return Bench(self.scheduler, self.network, self.history, one.name, one.envelope, one.envelope_hash, ring)

    def _settle(self) -> float:
        """Peace: nothing new is measured, and what was is delivered. The seconds it took, infinity for too long."""
        began_us = self.scheduler.now_us
        for bench in self.benches:
            bench.rest()
        self.scheduler.run(began_us + SETTLE_S * S, self._delivered)
        return (self.scheduler.now_us - began_us) / S if self._delivered() else float("inf")

    def _delivered(self) -> bool:
        return all(bench.delivered for bench in self.benches)

    def _whole_history(self) -> list[Entry]:
        return self.history.entries + point_entries(self.store)

    def _learnt(self) -> list[Violation]:
        """What the campaign says in its database that it learnt from, against the records that are there in the end."""
        return check(record_entries(self.store) + learnt_entries(self.store), [TRAINED])

    def _own(self, settled_s: float) -> list[Violation]:
        """What the checker cannot see in a history: that it came to rest, and that what was signed verifies."""
        found = []
        if settled_s > SETTLE_S:
            behind = [f"{b.name}: {b.station.backlog} records" for b in self.benches if not b.delivered]
            found.append(Violation("not settled", 1, f"{SETTLE_S} s after the last fault: {', '.join(behind)}"))
        crashes = self.cloud.errors + self.cloud.loop.errors + [one for bench in self.benches for one in bench.crashes]
        found += [Violation("crashed", 1, error) for error in crashes]
        key = [self.cloud.signer.public_key]
        for run, outcome in self.store.rows("SELECT DISTINCT run_id, outcome FROM result ORDER BY ALL"):
            if self.store.certificates(run):
                verdict = verify_run(self.store, run, key)
                found += [Violation("does not verify", 1, f"{run}: {verdict.problem}")] if verdict.problem else []
            elif outcome == "complete":
                found.append(Violation("not certified", 1, f"{run}: {incomplete(self.store, run)}"))
        chain = verify_audit(self.store, {})
        return found + ([Violation("does not verify", 1, str(chain.problem))] if chain.problem else [])


@lru_cache
def campaign_file(seed: int, benches: int) -> CampaignFile:
    """The shipped campaign for so many benches, without end, random."""
    with TemporaryDirectory() as folder:
        file = prepare(Path(folder), "standard", TRIALS, 1)
    one = file.benches[0]
    named = tuple(
        replace(one, name=f"bench-{number}", envelope={**one.envelope, "bench": f"bench-{number}"})
        for number in range(1, benches + 1)
    )
    return replace(file, seed=seed, benches=named, strategy="random", materials_prior=False)
