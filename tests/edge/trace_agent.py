"""Prints what the agent decides in a short run against the simple plant; the same text on every interpreter.

Arguments: seconds; "memory" as the second one (MicroPython) prints instead what the ticks allocate.
"""

import sys

sys.path.insert(0, __file__[: __file__.rfind("/")])

from bench_run import BenchRun, make_agent
from simple_plant import SimplePlant, recipe


def prepared():
    bench = BenchRun(make_agent(), SimplePlant(loss=1.1, seed=7))
    changes = {"substrate_c": 400.0, "o2_pa": 10.0, "pulses": 700, "anneal_c": 90.0, "anneal_min": 1.0}
    bench.start(recipe(interlayer="ZnO", interlayer_nm=0.5, **changes))
    return bench


def plain(value):
    """A value with its dicts as sorted lists: the order of a dict differs between interpreters."""
    if isinstance(value, dict):
        return [(key, plain(value[key])) for key in sorted(value)]
    return value


def trace(seconds):
    bench = prepared()
    total = 0
    for tick in range(10 * seconds):
        bench.tick()
        for value in bench.agent.outputs:
            total = (total * 31 + value) % 1000000007
        if tick % 50 == 0:
            print(tick, bench.agent.state, total, bench.agent.outputs, bench.plant.readings)
    for name, data in bench.events:
        print(name, plain(data))
    print(bench.agent.chamber.ended)


def memory(seconds):
    """By state, how many ticks allocated how many bytes; those that tell an event are left out."""
    import gc

    bench = prepared()
    agent, plant = bench.agent, bench.plant
    used = {}
    while agent.busy and bench.now < seconds * 1000:
        gc.collect()
        gc.disable()
        for _ in range(20):
            bench.now += 100
            state = agent.state
            start = gc.mem_alloc()
            agent.tick(bench.now, plant.readings)
            size = gc.mem_alloc() - start
            if not agent.has_events:
                sizes = used.setdefault(state, {})
                sizes[size] = sizes.get(size, 0) + 1
            agent.events()
            plant.step(agent.outputs)
        gc.enable()
        if agent.waiting_for:
            agent.confirm(agent.waiting_for, bench.now)
    for state in sorted(used):
        print(state, sorted(used[state].items()))


if __name__ == "__main__":
    (memory if "memory" in sys.argv else trace)(int(sys.argv[1]))
