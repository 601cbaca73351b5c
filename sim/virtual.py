"""A whole bench in virtual time: the real agent and drivers against the simulated instruments, byte by byte.

One process, no pseudo-terminals, no sleeping; moments at which nothing is due are jumped over. A rig can be copied in
the middle of a run (`snapshot.Snapshot`), so that many scenarios begin from one heated bench. It reads no clock.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from adatom.edge.agent import Agent
from adatom.edge.config import Port, bench_from_dict
from adatom.edge.instruments import Instruments, make_drivers
from adatom.edge.line_fault import LineFault
from adatom.edge.turn import Turn
from adatom.protocol.recipe import Recipe

from .bench import TwinBench
from .coupling import STEP_S, Coupling
from .instruments.bench_io import KEY
from .instruments.plant import Plant
from .lines import choose, make_instrument
from .output_log import energised
from .person import Person
from .ports import Instrument
from .rig import PUMPED_PA, PUMPED_S
from .shipped import demo_envelope
from .twin_faults import inject
from .world import World

STEP_MS = 5  # a host looks at its lines this often
LATENCY_MS = 5  # from the end of a request to the first byte of its reply, and the host's own
COUPLING_MS = round(1000 * STEP_S)
ALIVE_MS = {"io": 20}  # role -> how often an instrument that acts by itself must live; the others each COUPLING_MS
COOLED_STEPS = 200
FOREVER = 1 << 62


class VirtualLine:
    """One driver and its instrument. `service` moves the bytes that are due; `due` is when it has something to do."""

    def __init__(self, role: str, kind: str, driver: Any, instrument: Instrument) -> None:
        self.kind = kind
        self.driver = driver
        self.instrument: Any = instrument
        self.fault: LineFault | None = None
        self.fault_kind = ""
        self.cut = False  # no bytes either way, as of an agent that died
        self.alive_ms = ALIVE_MS.get(role, COUPLING_MS)
        self.next_alive = 0
        self.due = 0
        self._tells_due = hasattr(instrument, "due_s")
        self._bit_ms = 10000.0 / driver.BAUD  # of a byte: eight bits, start and stop
        self.exact = False  # True: a request acts when its last byte has arrived, not when it is sent; costs time
        self._going: list[tuple[int, bytes]] = []  # (when, bytes) on their way to the instrument
        self._coming: list[tuple[int, bytes]] = []  # and to the driver

    def service(self, now: int) -> None:
        """Bytes that arrive, what the instrument says by itself, what the driver asks."""
        if now >= self.next_alive:
            self.live(now)
        if self.fault is not None:
            self._held_back(self.fault, now)
        while self._going and self._going[0][0] <= now:
            self._said(self.instrument.feed(self._going.pop(0)[1], now / 1000), now, 0)
        while self._coming and self._coming[0][0] <= now:
            self._heard(self._coming.pop(0)[1], now)
        request = self.driver.outgoing(now)
        if request and not self.cut:
            self._ask(request, now)
        self.due = self._next(now)

    def live(self, now: int) -> None:
        """Let the instrument live until now."""
        self.next_alive = now + self.alive_ms
        self._said(self.instrument.tick(now / 1000), now, 0)

    def _ask(self, request: bytes, now: int) -> None:
        if self.fault is not None:
            request = self.fault.to_instrument(request, now)
        if request and self.exact:
            self._going.append((now + math.ceil(self._bit_ms * len(request)), request))
        elif request:
            self._said(self.instrument.feed(request, now / 1000), now, len(request))

    def _said(self, data: bytes, now: int, after: int) -> None:
        """Bytes of the instrument, which arrive as fast as the line carries them and the request before them."""
        if data and not self.cut:
            self.due = min(self.due, now + STEP_MS)  # `service` sees to the exact moment
            arrives = now + round(self._bit_ms * (len(data) + after)) + (LATENCY_MS if after else 0)
            self._coming.append((max(arrives, self._coming[-1][0]) if self._coming else arrives, data))

    def _heard(self, data: bytes, now: int) -> None:
        if self.fault is not None:
            data = self.fault.from_instrument(data, now)
        if data and not self.cut:
            self.driver.feed(data, now)

    def _held_back(self, fault: LineFault, now: int) -> None:
        outward, inward = fault.tick(now)
        if outward and not self.cut:
            self._said(self.instrument.feed(outward, now / 1000), now, 0)
        if inward and not self.cut:
            self.driver.feed(inward, now)

    def _next(self, now: int) -> int:
        """The next moment with something to do, on the host's grid."""
        soonest = min(self.next_alive, next_turn(self.driver))
        for way in (self._coming, self._going):
            if way and way[0][0] < soonest:
                soonest = way[0][0]
        if self._tells_due:
            due_s = self.instrument.due_s()
            if due_s is not None and 1000 * due_s < soonest:
                soonest = self.next_alive = int(1000 * due_s) + 1
        if self.fault is not None:
            soonest = min(soonest, self.fault.due_ms() or soonest)
        return max(now // STEP_MS + 1, -(-soonest // STEP_MS)) * STEP_MS


def next_turn(driver: Any) -> int:
    """The earliest time at which a driver's `outgoing` can have something: an expiry, a time-out, a request."""
    lease: int = min(driver.leases.values()) if driver.leases else FOREVER
    if driver.in_flight is not None:
        return min(lease, int(driver.deadline))
    if driver.safe_left or driver.queue or driver.start_left or driver.write_order:
        return min(lease, int(driver.not_before))
    return min(lease, max(driver.not_before, driver.next_poll)) if driver.POLLS else lease


class VirtualStation:
    """What a tick needs of a station: no journal, no network; what would be recorded is kept in lists."""

    simulated = True

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.events: list[tuple[int, str, dict[str, Any]]] = []
        self.measurements: list[dict[str, Any]] = []

    def tick(self, now: int, readings: list[int | None]) -> list[int]:
        """One control step."""
        outputs: list[int] = self.agent.tick(now, readings)
        if self.agent.has_events:
            self.events += [(now, name, data) for name, data in self.agent.events()]
        return outputs

    def measured(self, now: int, measurement: dict[str, Any], raw: bytes = b"") -> None:
        """A spectrum as it would be recorded."""
        self.measurements.append(measurement)

    def tell(self, now: int, name: str, data: dict[str, Any]) -> None:
        """An event of the bench that is not the agent's."""
        self.events.append((now, name, data))


class VirtualOperator:
    """The person in virtual time: every step is done at once."""

    simulated = True

    def __init__(self, person: Person) -> None:
        self.person = person

    def load(self, recipe: Recipe) -> None:
        """A fresh substrate."""
        self.person.load(recipe)

    def done(self, step: str) -> bool:
        """True: it is."""
        self.person.confirm(step)
        return True


class VirtualRig:
    """One bench. `run` lets time pass, `start` begins a recipe; `twin` knows what really happened."""

    def __init__(
        self,
        *,
        world: int = 1,
        instruments: Sequence[str] = (),
        bench: dict[str, Any] | None = None,
        envelope: dict[str, Any] | None = None,
        start_c: float | None = None,
    ) -> None:
        """`instruments`: role=kind texts; `bench`: changes to a bench file of defaults; `envelope`: the demo's.

        `start_c` is the heater's temperature 20 s before the start, in a chamber that is pumped down.
        """
        self.world = World(world)
        self.envelope = envelope or demo_envelope()
        self.kinds = choose(instruments)
        self.plant = Plant()
        self.start_c = start_c
        self.coupling = Coupling(self.plant, self._fresh_twin(0))
        self.drivers = make_drivers({role: Port(kind, "", _options(kind)) for role, kind in self.kinds.items()})
        self.lines = {
            role: VirtualLine(role, self.kinds[role], driver, make_instrument(self.kinds[role], self.plant))
            for role, driver in self.drivers.items()
        }
        self.bench = bench_from_dict(_bench_fields(self.envelope["bench"]) | (bench or {}))
        self.agent = Agent(self.bench, self.envelope, "virtual")
        self.station = VirtualStation(self.agent)
        person = VirtualOperator(Person(self.coupling, self._fresh_twin))
        cell = {"area_cm2": 0.785, "symmetric": 1.0}
        devices = Instruments(self.drivers, self.envelope, self.bench.loops)
        self.turn = Turn(self.station, devices, person, self.bench.process, cell)
        self.period_ms = 1000 // self.bench.tick_hz
        self.now = 0
        self.alive = True  # False: an agent that died or hangs; instruments and physics go on
        self._next_tick = 0
        self._next_step = 0

    @property
    def twin(self) -> TwinBench:
        """The physics: the truth of what the instruments show."""
        assert isinstance(self.coupling.physics, TwinBench)
        return self.coupling.physics

    def inject(self, role: str, kind: str, seed: int = 0) -> str:
        """Give an instrument a fault from now on, armed or not; what it does. FailedError for a pair that is not."""
        line = self.lines[role]
        line.due = self.now
        return inject(line, kind, seed)

    def start(self, recipe: Recipe) -> list[str]:
        """Begin a run; the reasons why not."""
        return self.agent.start(recipe, f"virtual-{self.now}", "virtual", self.now)

    def abort(self, why: str) -> None:
        """A person's abort between two ticks; as in the loop, the instruments are told at once."""
        self.agent.abort(self.now, why)
        self.turn.settle(self.now)
        for line in self.lines.values():
            line.due = self.now

    def run(self, duration_ms: int, each: Callable[["VirtualRig"], bool] | None = None) -> bool:
        """Let time pass; `each` is called after every control period and ends it by True. Whether it did."""
        end = self.now + duration_ms
        lines = list(self.lines.values())
        while self.now < end:
            self.now = min(self._next_tick, self._next_step, end, *[line.due for line in lines])
            for line in lines:
                if line.due <= self.now:
                    line.service(self.now)
            if self.alive:
                self.turn.wake(self.now)
            if self.now >= self._next_step:
                self._physics()
            if self.now >= self._next_tick:
                self._next_tick += self.period_ms
                if self.alive:
                    self.turn.tick(self.now)
                    for line in lines:
                        line.due = min(line.due, self.now + STEP_MS)
                if each is not None and each(self):
                    return True
        return False

    def until(self, condition: Callable[["VirtualRig"], bool], limit_s: float) -> bool:
        """Let time pass until a condition holds at the end of a control period; whether it did within the limit."""
        return self.run(round(1000 * limit_s), condition)

    def energised(self) -> list[str]:
        """What really is energised now, as names of outputs."""
        return energised(self.plant)

    def _physics(self) -> None:
        self._next_step += COUPLING_MS
        for line in self.lines.values():  # they must have lived up to this moment
            line.live(self.now)
        self.coupling.step()

    def _fresh_twin(self, number: int) -> TwinBench:
        twin = TwinBench(self.envelope, self.world, f"virtual/{number}/1")
        if self.start_c is None:
            return twin
        if number:  # through a load lock: heater and chamber stay as they are
            twin.heater, twin.vacuum = self.twin.heater, self.twin.vacuum
        else:
            twin.vacuum.pressure_pa = twin.vacuum.seen_pa = PUMPED_PA
            twin.vacuum.pumped_s = PUMPED_S
            twin.heater.rest(self.start_c)
            for _ in range(COOLED_STEPS):  # a block that has cooled for a while, its thermocouples lagging as they do
                twin.heater.step(0.0, PUMPED_PA, STEP_S)
        return twin


def _options(kind: str) -> dict[str, Any]:
    """What a bench file says of a driver besides its port: the simulated board's key."""
    return {"key": KEY.hex()} if kind == "bench_io" else {}


def _bench_fields(name: str) -> dict[str, Any]:
    return dict.fromkeys(("bench", "envelope", "broker", "key_file", "journal_dir"), name)
