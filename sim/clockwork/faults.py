"""What befalls a simulated laboratory, drawn from the seed: each fault by name, with how often and for how long."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Protocol

from .bench import Bench
from .broker import Broker
from .client import NAME
from .cloud import Cloud
from .network import Network, Weather
from .scheduler import Life, S, Scheduler

BETWEEN_S = (200, 3000)  # the mean time between faults of a history, drawn once
LONG_SHARE = 0.1  # of outages take hours instead of minutes
SHORT_S, LONG_S = (1, 120), (600, 4 * 3600)
RETRY_S = 30  # until a bench that could not start tries again
WEATHER_S = (60, 1800)
STEP_S = 3600.0  # of the wall clock


class Place(Protocol):
    """What faults befall."""

    scheduler: Scheduler
    network: Network
    broker: Broker
    cloud: Cloud
    benches: list[Bench]


class Weaver:
    """Draws faults until `end`, which repairs everything. `count` says how often each one happened."""

    def __init__(self, place: Place, mean_s: float | None = None) -> None:
        """mean_s: between two faults; drawn from the seed if it is not given."""
        self.place = place
        self.chance = place.scheduler.chance("faults")
        self.count: Counter[str] = Counter()
        self.mean_s = mean_s or self.chance.uniform(*BETWEEN_S)
        self.life = Life()
        self.usual = {who: self._drawn_weather() for who in self._clients()}
        place.cloud.killed = self._restart_cloud
        for bench in place.benches:
            bench.killed = partial(self._down, bench, power=True)

    def begin(self) -> None:
        for who in self._clients():
            self._clear(who)
        self._later()

    def end(self) -> None:
        """Peace: whatever is broken works again, and nothing breaks any more."""
        self.life.alive = False
        place = self.place
        place.cloud.kill_at = None
        self.usual = {}
        for bench in place.benches:
            bench.kill_at = None
            bench.disk.full = bench.disk.bad = False
            bench.life.frozen_until_us = 0
            if not bench.up:
                bench.start()
        for who in self._clients():
            self._clear(who)
        place.cloud.life.frozen_until_us = 0
        if not place.broker.up:
            place.broker.start()
        if not place.cloud.up:
            place.cloud.start()

    # --- inner ---------------------------------------------------------------------------------------------------
    def _later(self) -> None:
        wait_s = self.chance.expovariate(1.0 / self.mean_s)
        self.place.scheduler.after(round(wait_s * S), self.life, self._strike)

    def _strike(self) -> None:
        name = self.chance.choices(list(FAULTS), [weight for weight, _ in FAULTS.values()])[0]
        FAULTS[name][1](self)
        self.count[name] += 1
        self._later()

    def _after(self, seconds: float, action: Callable[[], object]) -> None:
        self.place.scheduler.after(round(seconds * S), self.life, action)

    def _outage_s(self) -> float:
        return self.chance.uniform(*(LONG_S if self.chance.random() < LONG_SHARE else SHORT_S))

    def _clients(self) -> list[str]:
        return [NAME, *(bench.who for bench in self.place.benches)]

    def _bench(self) -> Bench:
        return self.chance.choice(self.place.benches)

    def _clear(self, who: str) -> None:
        vars(self.place.network.weather_of(who)).update(vars(self.usual.get(who, Weather())))

    def _drawn_weather(self) -> Weather:
        """What a client's network is like in this history when nothing befalls it."""
        chance = self.chance
        lost_acks, doubled, mixed = (chance.choice((0.0, 0.0, 0.01, 0.1)) for _ in range(3))
        return Weather((0, chance.choice((1, 5, 100))), lost_acks, doubled, mixed)

    # --- each fault -----------------------------------------------------------------------------------------------
    def broker_killed(self) -> None:
        broker = self.place.broker
        if broker.up:
            broker.kill()
            self._after(self._outage_s(), broker.start)

    def cloud_killed(self) -> None:
        if self.place.cloud.up:
            self.place.cloud.kill()
            self._restart_cloud()

    def cloud_killed_at_a_call(self) -> None:
        """At the commit of something: a batch of records, a step of the campaign, a certificate."""
        self.place.cloud.kill_at = self.chance.randint(1, 12)

    def _restart_cloud(self) -> None:
        self._after(self._outage_s(), self._start_cloud)

    def _start_cloud(self) -> None:
        if not self.place.cloud.up:
            self.place.cloud.start()

    def cloud_frozen(self) -> None:
        cloud = self.place.cloud
        cloud.life.frozen_until_us = self.place.scheduler.now_us + round(self.chance.uniform(0.1, 60.0) * S)

    def bench_killed(self) -> None:
        self._down(self._bench(), power=False)

    def bench_without_power(self) -> None:
        self._down(self._bench(), power=True)

    def bench_without_power_at_a_commit(self) -> None:
        self._bench().kill_at = self.chance.randint(1, 6)

    def _down(self, bench: Bench, power: bool) -> None:
        if bench.up:
            bench.kill(power)
            self._after(self._outage_s(), lambda: self._boot(bench))

    def _boot(self, bench: Bench) -> None:
        try:
            bench.start()
        except OSError:  # a medium that is full or broken: a supervisor tries again
            bench.life.alive = False
            self._after(RETRY_S, lambda: self._boot(bench))

    def bench_frozen(self) -> None:
        self._bench().freeze(self.chance.uniform(0.1, 300.0))

    def disk_full(self) -> None:
        disk = self._bench().disk
        disk.full = True
        self._after(self._outage_s(), lambda: setattr(disk, "full", False))

    def sync_fails(self) -> None:
        disk = self._bench().disk
        disk.bad = True
        self._after(self._outage_s(), lambda: setattr(disk, "bad", False))

    def connection_reset(self) -> None:
        for line in self.place.network.of(self.chance.choice(self._clients())):
            line.reset()

    def half_open(self) -> None:
        for line in self.place.network.of(self.chance.choice(self._clients())):
            line.silent = True

    def no_route(self) -> None:
        who = self.chance.choice(self._clients())
        self.place.network.weather_of(who).no_route = True
        self._after(self._outage_s(), lambda: setattr(self.place.network.weather_of(who), "no_route", False))

    def bad_weather(self) -> None:
        """Delays of seconds, lost acknowledgements, publications twice and out of order, in any mixture."""
        who, chance = self.chance.choice(self._clients()), self.chance
        weather = self.place.network.weather_of(who)
        weather.delay_ms = (0, chance.choice((5, 200, 2000)))
        weather.lost_acks, weather.doubled, weather.mixed = (chance.choice((0.0, 0.1, 0.3)) for _ in range(3))
        self._after(chance.uniform(*WEATHER_S), lambda: self._clear(who))

    def clock_stepped(self) -> None:
        """The cloud's wall clock; a bench has none."""
        self.place.cloud.utc_step_s += self.chance.choice((-STEP_S, STEP_S))


# name -> (weight, what it does)
FAULTS: dict[str, tuple[float, Callable[[Weaver], None]]] = {
    "broker killed": (2, Weaver.broker_killed),
    "cloud killed": (1, Weaver.cloud_killed),
    "cloud killed at a call": (3, Weaver.cloud_killed_at_a_call),
    "cloud frozen": (1, Weaver.cloud_frozen),
    "bench killed": (2, Weaver.bench_killed),
    "bench without power": (2, Weaver.bench_without_power),
    "bench without power at a commit": (3, Weaver.bench_without_power_at_a_commit),
    "bench frozen": (1, Weaver.bench_frozen),
    "disk full": (1, Weaver.disk_full),
    "sync fails": (1, Weaver.sync_fails),
    "connection reset": (2, Weaver.connection_reset),
    "half-open": (1, Weaver.half_open),
    "no route": (1, Weaver.no_route),
    "bad weather": (2, Weaver.bad_weather),
    "clock stepped": (1, Weaver.clock_stepped),
}
