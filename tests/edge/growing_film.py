"""A film that grows under the real firing and adapter, of yields that the plan does not know. On MicroPython too.

Run as a script it prints every decision; "memory" as argument (MicroPython) prints bytes and microseconds a burst.
"""

import math
import sys

sys.path.insert(0, __file__[: __file__.rfind("/")])

from adatom.edge.config import TEXTS, bench_from_dict
from adatom.edge.estimate import Fringes
from adatom.edge.firing import RUNNING, Firing
from adatom.edge.plan import energy_target, film_bursts, followed
from adatom.protocol import channels as ch
from bench_run import load_demo_envelope
from simple_plant import recipe

TICK_MS = 100
LONGEST_TICKS = 100000


def demo_bench(on=1, **changes):
    fields = dict.fromkeys(TEXTS, "twin-1")
    changes["on"] = on
    fields["adapt"] = changes
    return bench_from_dict(fields)


class GrowingFilm:
    """`yields`: slot -> true yield over the stated one, by that target's pulse number; `monitor` may spoil readings."""

    def __init__(self, yields, on=1, monitor=None, gain=0.9, noise=0.0003, seed=5, **changes):
        self.recipe = recipe(**changes)
        envelope = load_demo_envelope()
        bench = demo_bench(on)
        self.bursts = followed(film_bursts(self.recipe, envelope, bench), self.recipe, envelope, bench)
        self.adapter = self.bursts.adapter
        self.energy = energy_target(self.recipe, envelope)
        self.out = [0] * ch.OUT_COUNT
        self.firing = Firing(self.out, 500)
        self.firing.begin(self.bursts, self.energy, 10000)
        self.yields, self.monitor, self.gain, self.noise, self.seed = yields, monitor, gain, noise, seed
        config = bench.adapt
        self.fringes = Fringes(config.wavelength_nm, config.film_index, config.witness_index, config.witness_extinction)
        self.stated = {1: 15.8 / 368.0, 3: 15.0 / 368.0}
        self.hits = {}
        self.film = {}
        self.readings = [None] * ch.COUNT
        self.readings[ch.PULSES] = 0
        self.readings[ch.PRESSURE_PA] = int(1000 * self.recipe.o2_pa)
        self.now = self.burst = self.left = 0
        self.news = []
        self.sense()

    def random(self):
        """About a standard normal number; the same on every interpreter."""
        total = 0
        for _ in range(12):
            self.seed = (self.seed * 1103515245 + 12345) % 2147483648
            total += self.seed
        return total / 2147483648.0 - 6.0

    def sense(self):
        nm = sum([self.film[slot] for slot in sorted(self.film)])
        shown = self.gain * self.fringes.reflectance(nm, 0.0) + self.noise * self.random()
        reading = int(10000.0 * shown + 0.5)
        self.readings[ch.REFLECTANCE] = self.monitor(reading, self.readings) if self.monitor else reading

    def tick(self):
        self.now += TICK_MS
        out, readings = self.out, self.readings
        result = self.firing.step(self.now, readings)
        readings[ch.SLOT] = out[ch.OUT_SLOT]
        if out[ch.OUT_BURST_ID] != self.burst:
            self.burst, self.left = out[ch.OUT_BURST_ID], out[ch.OUT_BURST_PULSES]
        if self.left and out[ch.OUT_GATE]:
            self.left -= 1
            self.pulse(out[ch.OUT_SLOT])
        self.sense()
        if self.adapter is not None and self.adapter.news is not None:
            self.news.append(self.adapter.take_news())
        return result

    def pulse(self, slot):
        count = self.hits.get(slot, 0)
        self.hits[slot] = count + 1
        self.readings[ch.PULSES] += 1
        self.readings[ch.ENERGY_MJ] = self.out[ch.OUT_ENERGY_MJ]
        if slot in self.yields:
            strength = 1.0 + math.log(self.out[ch.OUT_ENERGY_MJ] / self.energy) / math.log(2.0 / 0.318)
            self.film[slot] = self.film.get(slot, 0.0) + self.stated[slot] * self.yields[slot](count) * strength

    def grow(self):
        for _ in range(LONGEST_TICKS):
            result = self.tick()
            if result != RUNNING:
                return result
        raise AssertionError("does not end")

    def planned(self, slot):
        """Pulses that the plan gives a target."""
        return self.adapter.planned[self.bursts.slots.index(slot)]

    def error(self, slot):
        """Film of a target over the planned one, minus 1."""
        return self.film[slot] / (self.planned(slot) * self.stated[slot]) - 1.0


def falling(start, end, pulses):
    """A yield that falls exponentially from one value towards another."""
    return lambda count: end + (start - end) * math.exp(-count / pulses)


def drifting(**changes):
    """The film that the tests share: one target falls, the other is too strong."""
    return GrowingFilm({1: falling(1.15, 0.95, 1500.0), 3: falling(0.95, 0.88, 500.0)}, **changes)


def scaled(value):
    """Floats as ten-thousandths: how a float is written differs between interpreters, the number does not."""
    if isinstance(value, list):
        return [scaled(part) for part in value]
    return int(value * 10000 + 0.5) if isinstance(value, float) else value


def trace():
    film = drifting(pulses=1500)
    total = 0
    for tick in range(LONGEST_TICKS):
        result = film.tick()
        for value in film.out:
            total = (total * 31 + value) % 1000000007
        if tick % 100 == 0:
            print(tick, total, film.bursts.given, film.bursts.weights, film.adapter.energy)
        if result != RUNNING:
            break
    film.news.append(film.adapter.report())
    for news in film.news:
        print([(key, scaled(news[key])) for key in sorted(news)])


def costs():
    """Bytes that a burst's estimate takes from the heap, and its time; then what the adapter itself holds."""
    import gc
    import time

    gc.collect()
    before = gc.mem_alloc()
    film = drifting(pulses=1500)
    adapter = film.adapter
    gc.collect()
    print("film and adapter", gc.mem_alloc() - before)
    for _ in range(3000):
        film.tick()
    gc.collect()
    gc.disable()
    before, started = gc.mem_alloc(), time.ticks_us()
    for n in range(10):
        adapter.estimate.burst(n % 2, 6, 1.0)
        adapter.estimate.look(0.2, 5)
    spent = time.ticks_diff(time.ticks_us(), started)
    print("bytes a burst", (gc.mem_alloc() - before) // 10)
    print("microseconds a burst", spent // 10)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        costs()
    else:
        trace()
