"""A furnace's bench for a board: four instruments of a simulated rig, an envelope that lets it stay cold, a recipe."""

import json
from pathlib import Path
from typing import Any

from adatom.sim.direct import REFERENCE_RECIPE

from tests.micropython import ROOT
from tests.micropython.image import FURNACE

DEMO = ROOT / "sim" / "demo"
KEY = "616461746f6d2073696d756c6174656420726967"  # the simulated rig's board
ROLES = ("heater", "gauge", "mfc", "io")
RECIPE = REFERENCE_RECIPE | {"anneal_c": 51.0, "anneal_min": 0.05, "measurements": ["eis"]}


def prepare(folder: Path, broker: str, tick_hz: int = 10) -> None:
    """A furnace's bench file in JSON, an envelope that lets it stay cold, keys, a recipe."""
    ports: dict[str, Any] = {role: {"driver": driver, "port": f"rig/{role}"}
                             for role, driver in zip(ROLES, FURNACE, strict=True)}  # fmt: skip
    ports["heater"]["options"] = {"full_power_w": 220.0}
    ports["io"]["options"] = {"key": KEY}
    process = {"base_pa": 1.0, "ramp_c_min": 100.0, "soak_s": 0.0}
    bench = {"bench": "twin-1", "envelope": "envelope.json", "broker": broker, "key_file": "keys.json",
             "journal_dir": "journal", "tick_hz": tick_hz, "process": process, "ports": ports}  # fmt: skip
    (folder / "bench.json").write_text(json.dumps(bench))
    envelope = json.loads((DEMO / "envelope.json").read_text())
    envelope["recipe"] |= {"anneal_c": [20, 700], "anneal_min": [0, 600]}
    # on a busy machine serving a pseudo-terminal was seen to take 0.3 s; the shortest lease would be 0.5 s
    envelope["lease"] = dict.fromkeys(envelope["lease"], 1000)
    (folder / "envelope.json").write_text(json.dumps(envelope))
