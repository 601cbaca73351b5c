"""What a person types at the bench does what the network's commands do."""

from pathlib import Path

from adatom.edge.agent import Agent
from adatom.edge.config import default_bench
from adatom.edge.local_input import HELP, carry_out
from adatom.protocol.envelope import load_envelope
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.bench import TwinBench
from adatom.sim.world import World

from tests.protocol.examples import RECIPE

ENVELOPE = load_envelope((Path(__file__).parents[2] / "sim" / "demo" / "envelope.json").read_text())


def test_every_word_is_obeyed_or_says_why_not() -> None:
    agent = Agent(default_bench("twin-1"), ENVELOPE, "0" * 64)
    twin = TwinBench(ENVELOPE, World(1), "test/1/1")
    assert carry_out("sing\n", agent, 0) == HELP
    for line in ("confirm", "fail it broke", "pause", "resume", "rearm"):
        assert carry_out(line, agent, 0) not in ("ok", HELP)
    assert agent.start(recipe_from_dict(RECIPE), "r", "t", 0) == []
    now, outputs = 0, agent.outputs
    for _ in range(20):
        now += 100
        outputs = agent.tick(now, twin.step(outputs, 0.1))
    assert carry_out("pause", agent, now) == "ok"
    assert agent.state == "paused"
    assert carry_out("resume", agent, now) == "ok"
    assert carry_out("abort lunch", agent, now) == "ok"
    for _ in range(30):
        now += 100
        outputs = agent.tick(now, twin.step(outputs, 0.1))
    assert agent.state == "idle"
    assert agent.chamber.ended == ("aborted", "lunch")
