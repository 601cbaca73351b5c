"""Modules that are loaded for a moment and forgotten: on a board what is loaded is RAM."""

import sys

# For the start, and for the start of a run; loaded again when needed
TRANSIENT = ("edge.config", "edge.envelope_note", "edge.keys", "edge.plan", "edge.cell_tests", "protocol.envelope",
             "protocol.recipe", "protocol.targets", "protocol.address")  # fmt: skip


def forget() -> None:
    """Let go of the transient modules; what still uses a part of one keeps that part alive."""
    for name in TRANSIENT:
        module = sys.modules.pop("adatom." + name, None)
        if module is not None:
            room, _, last = name.partition(".")
            delattr(sys.modules["adatom." + room], last)
