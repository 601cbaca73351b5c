"""One control tick of a bench with instruments: alarms, readings, decision, writes, people, measurements. Pure.

The shells (a real-time loop, a virtual rig) bring time and move the bytes; what happens in a tick is the same for all.
"""

from adatom.protocol.channels import OUT_BEAM
from adatom.protocol.errors import ProtocolError

from .measuring import DONE, FAILED, MEASURED, Measuring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .config import Process
    from .instruments import Instruments

LEASES = ("heater_ms", "gate_ms", "shutter_ms")
SAFE_STATES = ("safe", "fault")


class SomebodyElse:
    """A person who confirms by a command: nothing to do here. operator_steps has the one of a simulated rig."""

    def __init__(self, simulated: bool = False) -> None:
        self.simulated = simulated
        self.at_once = False  # a rehearsal without anybody who could confirm

    def load(self, recipe: "Any") -> None:
        """A fresh substrate at the recipe's distance: the person's work before the run."""

    def done(self, step: str) -> bool:
        """Whether it is; False: wait for the command."""
        return self.at_once


class Turn:
    """`tick` once a period.

    `station` has agent, simulated, tick, measured and tell, as station.Station; `operator` has load and done, as in
    operator_steps; `cell` is what the person says of the cell, `files` the techniques that come as files.
    """

    def __init__(
        self,
        station: "Any",
        instruments: "Instruments",
        operator: "Any",
        process: "Process",
        cell: "dict[str, float]",
        files: "tuple[str, ...]" = (),
    ) -> None:
        self.station = station
        self.agent = station.agent
        self.instruments = instruments
        self.operator = operator
        self.measuring = Measuring(process, instruments.drivers.get("potentiostat"), cell, station.simulated, files)
        self.was_busy = False
        self.was_safe = False
        self.stall_ms = min([station.agent.envelope["lease"][name] for name in LEASES])
        self.turned_ms: "int | None" = None

    def tick(self, now: int) -> None:
        """Read, decide, write; then what the run waits for."""
        agent, instruments = self.agent, self.instruments
        self.wake(now)
        for step, reading in instruments.sequence.check(now):
            agent.not_safe(step, reading)
        why = instruments.alarm(now)
        if why:
            agent.trip(now, why)
        outputs = self.station.tick(now, instruments.read(now))
        self.settle(now)
        if not self.was_safe:
            self._apply(outputs, now)
        self._serve(now)

    def settle(self, now: int) -> None:
        """Make every instrument safe when the run has just become so; a shell calls it after each command too."""
        safe = self.agent.state in SAFE_STATES
        if safe and not self.was_safe:
            self.instruments.safe(now)
        self.was_safe = safe

    def wake(self, now: int) -> None:
        """What waits for no tick. A shell calls it before it moves any byte, so that nothing of before leaves.

        Nobody called for longer than the shortest lease: what was to be written then is out of date. A pulse above the
        limit: at 10 Hz a tick later is a pulse more.
        """
        last, self.turned_ms = self.turned_ms, now
        if last is not None and now - last > self.stall_ms and self.instruments.energised(self.agent.outputs):
            self.agent.trip(now, "the loop stood still for %d ms" % (now - last))
            self.settle(now)
        if self.agent.outputs[OUT_BEAM]:
            self.agent.look(now, self.instruments.beam.laser.value("newest_mj", now))
            self.settle(now)

    def _apply(self, outputs: "list[int]", now: int) -> None:
        """Write the outputs; what an instrument cannot do is no reason for the agent to die, but for a trip."""
        try:
            self.instruments.apply(outputs, self.agent.state, now)
        except ProtocolError as error:
            self.agent.trip(now, str(error))
            self.settle(now)

    def _serve(self, now: int) -> None:
        """People and measurements."""
        agent = self.agent
        recipe = agent.recipe
        if recipe is not None and not self.was_busy:
            self.operator.load(recipe)
            self.instruments.begin(now)
            self.measuring.reset()
        self.was_busy = recipe is not None
        step = agent.waiting_for
        if step == "measure":
            self._measure(now)
        elif step and self.operator.done(step):
            agent.confirm(step, now)

    def _measure(self, now: int) -> None:
        """One step of the measuring; what it has to say goes to the station and the agent."""
        for what, value, raw in self.measuring.step(self.agent.recipe, now):
            if what == MEASURED:
                self.station.measured(now, value, raw)
            elif what == FAILED:
                self.agent.give_up("measure", value, now)
            elif what == DONE:
                self.agent.confirm("measure", now)
            else:
                self.station.tell(now, what, value)
