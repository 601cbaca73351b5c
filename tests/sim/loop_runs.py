"""Runs on the virtual rig with its loops closed by the agent or by the controllers, and what they looked like."""

from dataclasses import dataclass, field

from adatom.protocol import channels as ch
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.bench import TwinBench
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.virtual import VirtualRig

GAS_PA = 10.0
QUICK = {"base_pa": 1.0, "soak_s": 20.0, "flow_sccm": 80.0}
# way and heater -> overshoot in K that is stated for it (docs/explanation/control.md)
STATED_K = {"direct eurotherm": 1.0, "supervised eurotherm": 4.0, "supervised lakeshore336": 4.0}


@dataclass
class Course:
    """What happened in a run until the film was made: true values of every tick, K and shares off the set-points."""

    goal_c: float
    film_ms: int
    states: list[str] = field(default_factory=list)
    rises_k: list[float] = field(default_factory=list)
    hold_k: list[float] = field(default_factory=list)
    hold_gas: list[float] = field(default_factory=list)
    points: list[tuple[int | None, ...]] = field(default_factory=list)

    def see(self, rig: VirtualRig) -> bool:
        """One control period; True when the film is made or the run over."""
        if not self.states or rig.agent.state != self.states[-1]:
            self.states.append(rig.agent.state)
        over_k = rig.twin.heater.thermocouple_k - 273.15 - self.goal_c
        if rig.agent.chamber.plan_cc is not None:
            self.rises_k.append(over_k)
        if rig.agent.state == "deposit":
            self.hold_k.append(over_k)
            self.hold_gas.append(rig.twin.vacuum.pressure_pa / GAS_PA - 1.0)
            readings = rig.turn.instruments.point
            self.points.append(tuple(readings[i] for i in (ch.HEATER_W, ch.VALVE_PCT, ch.TARGET_C)))
        return len(self.points) > self.film_ms // 100 or rig.agent.state in ("cool", "idle", "safe", "fault")


def warm(rig: VirtualRig, start_c: float) -> None:
    """Let the block be warm, and cooling for long enough that both thermocouples follow it."""
    heater, person = rig.twin.heater, rig.turn.operator.person
    heater.rest(start_c + 50.0)
    while heater.thermocouple_k > start_c + 273.15:
        heater.step(0.0, rig.twin.vacuum.pressure_pa, 0.1)
    rig.plant.heater_c = rig.plant.guard_c = start_c
    cold = person.fresh

    def fresh(number: int) -> TwinBench:
        twin: TwinBench = cold(number)
        twin.heater = heater  # another substrate, the same block
        return twin

    person.fresh = fresh


def run(case: str, goal_c: float, start_c: float | None, film_ms: int) -> tuple[VirtualRig, Course]:
    """A rig `film_ms` into its film, and the course there; "way heater", from cold or from a warm block."""
    way, heater = case.split()
    loops = {"heater": way, "pressure": way}
    rig = VirtualRig(world=3, instruments=[f"heater={heater}"], bench={"loops": loops, "process": QUICK})
    if start_c is not None:
        warm(rig, start_c)
    rig.run(3000)
    changes = {"substrate_c": goal_c, "o2_pa": GAS_PA, "pulses": 500, "air_exposure_min": 1.0, "measurements": []}
    assert rig.start(recipe_from_dict(REFERENCE_RECIPE | changes)) == []
    course = Course(goal_c, film_ms)
    rig.run(2 * 3600_000, course.see)
    return rig, course
