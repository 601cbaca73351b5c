"""The main program of a board in a test, on MicroPython: BENCH [RECIPE]; ends with its memory figures."""

import gc

from adatom.edge.board import agent

gc.collect()
agent.main(ARGUMENTS[0], True, ARGUMENTS[1] if len(ARGUMENTS) > 1 else "")  # noqa: F821
