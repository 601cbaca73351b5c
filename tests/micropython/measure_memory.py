"""Live bytes of a board's agent on MicroPython, in steps: KIND of "core" or "agent", FOLDER with a bench file for it.

Printed: text and bytes in use after a collection, as JSON lines. The loader's own use is the first line.
"""

import gc
import json

FOLDER = ARGUMENTS[1]  # noqa: F821


def live(name):
    gc.collect()
    gc.collect()
    print(json.dumps([name, gc.mem_alloc()]))


def core():
    from adatom.edge.config import bench_from_dict
    from adatom.edge.control import HeaterLoop
    from adatom.edge.drivers.eurotherm import Eurotherm
    from adatom.edge.interlock import Interlock
    from adatom.protocol import telemetry

    bench = bench_from_dict(dict.fromkeys(("bench", "envelope", "broker", "key_file", "journal_dir"), "b"))
    limits = {}
    with open(FOLDER + "/limits.txt") as file:
        for line in file:
            name, value = line.split()
            limits[name] = float(value)
    kept = [Eurotherm(), Interlock(limits, bench.plant, 100), HeaterLoop(bench.plant, 100.0, 100), telemetry]
    del bench, limits
    from adatom.edge.board.transient import forget

    forget()
    live("core")
    return kept


def agent():
    from adatom.edge.board import agent as shell
    from adatom.edge.board.transient import forget

    board, bench = shell.wire(FOLDER + "/bench.json", True)
    board.link = shell._linked(board, bench)
    forget()
    live("wired")
    shell._start_recipe(board, FOLDER + "/recipe.json")
    now = 0
    for tick in range(200):
        now += 100
        for line in board.lines:
            line.service(now)
        board.turn.tick(now)
        if tick % 5 == 0:
            board.station.keep(now)
        forget()
        gc.collect()
    live("running " + board.station.agent.state)


live("loader")
core() if ARGUMENTS[0] == "core" else agent()  # noqa: F821
