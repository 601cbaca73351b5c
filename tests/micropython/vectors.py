"""Random inputs through control, interlock and codec: prints a running SHA-256 every 1 000 vectors. SEED COUNT.

The same text on every interpreter: the numbers come from an integer generator of its own, and what is hashed is the
text of integers and the bytes of the wire.
"""

import hashlib
import sys

from adatom.edge.config import default_bench
from adatom.edge.control import EnergyServo, HeaterLoop, PressureLoop, Ramp
from adatom.edge.interlock import Interlock
from adatom.protocol import codec, seal, telemetry
from adatom.protocol.channels import COUNT, OUT_COUNT
from adatom.protocol.envelope import load_envelope

EVERY = 1000
TICK_MS = 100
ENVELOPE = __file__[: __file__.rfind("tests/")] + "sim/demo/envelope.json"
TEXTS = ("", "idle", 'a"b\\c', "Å °C €", "x" * 60)


class Draw:
    """xorshift32 (Marsaglia, J. Stat. Soft. 8(14), 2003): whole numbers from 0 to n - 1."""

    def __init__(self, seed):
        self.word = seed or 1

    def below(self, n):
        word = self.word
        word ^= word << 13 & 0xFFFFFFFF
        word ^= word >> 17
        word ^= word << 5 & 0xFFFFFFFF
        self.word = word
        return word % n

    def around(self, middle, width):
        """A number near a middle, one time in 16 any number, one time in 16 None."""
        kind = self.below(16)
        if kind == 0:
            return None
        return self.below(200000) - 20000 if kind == 1 else middle - width + self.below(2 * width + 1)


class Control:
    """Loops with a plant that answers a little, so that they leave their limits."""

    def __init__(self, draw, bench):
        self.draw = draw
        self.heater = HeaterLoop(bench.plant, 220.0, TICK_MS)
        self.ramp = Ramp(20.0, 5.0, TICK_MS)
        self.gas = PressureLoop(bench.plant, TICK_MS)
        self.servo = EnergyServo()
        self.begin()

    def begin(self):
        draw = self.draw
        self.celsius = 2000 + draw.below(60000)
        self.heater.start(self.celsius)
        self.ramp.start(self.celsius, draw.below(80000))
        self.target = 100 + draw.below(100000)
        self.gas.aim(self.target, 100 + draw.below(8000), self.target)
        self.energy = 1000 + draw.below(40000)
        self.servo.aim(self.energy)

    def vector(self):
        draw = self.draw
        if draw.below(200) == 0:
            self.begin()
        measured = draw.around(self.celsius, 30)
        target = self.ramp.step(measured)
        power = self.heater.step(measured, target, self.ramp.climb)
        self.celsius += (power - 5000) // 400
        valve = self.gas.step(draw.around(self.target, 1 + self.target // 20))
        pulses = draw.below(3)
        return [target, power, valve, self.servo.step(draw.around(self.energy, 1 + self.energy // 15), pulses)]


class Watch:
    """The interlock with readings that mostly fit an energised bench."""

    def __init__(self, draw, bench, limits):
        self.draw = draw
        self.interlock = Interlock(limits, bench.plant, TICK_MS)
        self.now = 0
        self.point = [60000, 59000, 10000, -500, 2000, 12000, 0, 0, 0, 0, 0, 0, 1, 0, 300, 0, 5000]
        self.widths = [40, 60, 200, 50, 30, 300, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 100]
        self.point += [0] * (COUNT - len(self.point))
        self.widths += [0] * (COUNT - len(self.widths))
        self.outputs = [0] * OUT_COUNT

    def vector(self):
        draw, outputs = self.draw, self.outputs
        self.now += TICK_MS
        if self.interlock.trips and draw.below(8) == 0:
            self.interlock.rearm(self.now)
        if draw.below(30) == 0:
            for i in range(OUT_COUNT):
                outputs[i] = draw.below(2) if draw.below(2) else draw.below(22000)
        readings = [draw.around(self.point[i], self.widths[i]) if draw.below(40) == 0 else self.point[i] + draw.below(
            self.widths[i] + 1) for i in range(COUNT)]  # fmt: skip
        plan_cc = 60000 if draw.below(3) else None
        tripped = self.interlock.check(self.now, readings, outputs, plan_cc, 10000 if draw.below(3) else None)
        return [1 if tripped else 0, len(self.interlock.trips)] + outputs + [str(self.interlock.trips)]  # noqa: RUF005


def batch(draw):
    """A telemetry message of random columns: constant, linear, noisy, with gaps; back to the same bytes."""
    count = 1 + draw.below(12)
    columns = []
    for _ in range(COUNT):
        base, step, noise = draw.below(2000000) - 1000000, draw.below(7) - 3, draw.below(3)
        columns.append([None if draw.below(9) == 0 and noise else base + step * i + (draw.below(50) if noise else 0)
                        for i in range(count)])  # fmt: skip
    times = [1000 * i + draw.below(5) for i in range(count)]
    body = telemetry.encode_body(telemetry.Batch(1 + draw.below(9), 1 + draw.below(10**6), count, "r", times, columns))
    payload = telemetry.finish(body, seal.chain_link(seal.genesis("a", 1), body))
    found, again, _ = telemetry.decode(payload)
    assert telemetry.encode_body(found) == again == body
    return payload


def message(draw):
    """A JSON message of random texts and numbers, sealed; back to the same fields."""
    texts = [TEXTS[draw.below(len(TEXTS))] for _ in range(3)]
    fields = {"boot": 1 + draw.below(2**31), "seq": 1 + draw.below(2**31), "t_ms": draw.below(2**31),
              "counter": draw.below(2**31), "name": texts[0][:32], "reasons": [texts[1], texts[2]]}  # fmt: skip
    body = codec.body_of("refusal", fields)
    payload = codec.with_tail("refusal", body, seal.signature(b"k" * 32, body))
    assert codec.decode("refusal", payload)[0] == fields
    return payload


def main(seed, count):
    draw = Draw(seed)
    bench = default_bench("twin-1")
    with open(ENVELOPE) as file:
        limits = load_envelope(file.read())["interlock"]
    control, watch = Control(draw, bench), Watch(draw, bench, limits)
    link = b""
    trips = 0
    for number in range(1, count + 1):
        numbers = control.vector() + watch.vector()
        trips += numbers[4]
        data = ",".join([str(value) for value in numbers]).encode()
        # the codec's vectors are a hundred times dearer, and longer: one in 20 holds both
        data += batch(draw) + message(draw) if number % 20 == 0 else b""
        link = hashlib.sha256(link + data).digest()
        if number % EVERY == 0 or number == count:
            print(number, trips, seal.to_hex(link))


main(int(sys.argv[1]), int(sys.argv[2]))
