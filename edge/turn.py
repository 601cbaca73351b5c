"""One control tick of a bench with instruments: alarms, readings, decision, writes, people, measurements. Pure.

The shells (a real-time loop, a virtual rig) bring time and move the bytes; what happens in a tick is the same for all.
"""

from .measuring import DONE, FAILED, MEASURED, Measuring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .config import Process
    from .instruments import Instruments

SAFE_STATES = ("safe", "fault")


class SomebodyElse:
    """A person who confirms by a command: nothing to do here. operator_steps has the one of a simulated rig."""

    def __init__(self, simulated: bool = False) -> None:
        self.simulated = simulated

    def load(self, recipe: "Any") -> None:
        """A fresh substrate at the recipe's distance: the person's work before the run."""

    def done(self, step: str) -> bool:
        """False: wait for the command."""
        return False


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

    def tick(self, now: int) -> None:
        """Read, decide, write; then what the run waits for."""
        agent, instruments = self.agent, self.instruments
        why = instruments.alarm(now)
        if why:
            agent.trip(now, why)
        outputs = self.station.tick(now, instruments.read(now))
        safe = agent.state in SAFE_STATES
        if safe and not self.was_safe:
            instruments.safe(now)
        if not safe:
            instruments.apply(outputs, agent.state, now)
        self.was_safe = safe
        self._serve(now)

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
