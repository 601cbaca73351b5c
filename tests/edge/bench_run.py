"""Drives an agent against the simple plant: the loop that the edge's tests share. Runs on MicroPython too."""

from adatom.edge.agent import Agent
from adatom.edge.config import default_bench
from adatom.protocol.envelope import load_envelope

TICK_MS = 100


ENVELOPE = __file__[: __file__.rfind("tests/")] + "sim/demo/envelope.json"


def load_demo_envelope():
    with open(ENVELOPE) as file:
        return load_envelope(file.read())


def make_agent():
    """An agent with the demo's envelope and a bench of defaults."""
    return Agent(default_bench("twin-1"), load_demo_envelope(), "0" * 64)


class BenchRun:
    """Agent and plant in lock-step. `until(condition)` ticks and confirms what is asked for by itself."""

    def __init__(self, agent, plant, confirms=True):
        self.agent = agent
        self.plant = plant
        self.confirms = confirms
        self.now = 0
        self.events = []

    def start(self, recipe, run_id="run-1"):
        reasons = self.agent.start(recipe, run_id, "trial-1", self.now)
        assert reasons == [], reasons

    def tick(self):
        self.now += TICK_MS
        outputs = self.agent.tick(self.now, self.plant.readings)
        self.plant.step(outputs)
        if self.agent.has_events:
            self.events += self.agent.events()
        if self.confirms and self.agent.waiting_for:
            step = self.agent.waiting_for
            if step == "expose":
                self.plant.vent()
            self.agent.confirm(step, self.now)

    def until(self, condition, hours=12):
        """Tick until the condition of no arguments holds; AssertionError when it does not."""
        for _ in range(hours * 36000):
            if condition():
                return
            self.tick()
        raise AssertionError(f"not reached in {hours} h, state {self.agent.state}")

    def until_state(self, *states):
        self.until(lambda: self.agent.state in states)

    def named(self, name):
        return [data for event, data in self.events if event == name]
