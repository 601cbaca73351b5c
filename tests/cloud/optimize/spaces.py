"""Spaces on the demo bench that the tests of this folder share."""

import json
from pathlib import Path
from typing import Any

import adatom.sim as sim
from adatom.cloud.optimize.recipe.space import RecipeSpace
from adatom.protocol.envelope import load_envelope

ENVELOPE_PATH = Path(next(iter(sim.__path__))) / "demo" / "envelope.json"
ENVELOPE: dict[str, Any] = load_envelope(ENVELOPE_PATH.read_text(encoding="utf-8"))

REFERENCE: dict[str, Any] = {
    "cations": [["La", 3.0], ["Ta", 0.5], ["Zr", 1.5]],
    "li_excess": 0.4,
    "interlayer_nm": 0.0,
    "fluence_j_cm2": 2.0,
    "rep_rate_hz": 10.0,
    "substrate_c": 600.0,
    "o2_pa": 10.0,
    "distance_mm": 55.0,
    "pulses": 6000,
    "anneal_c": 20.0,
    "anneal_min": 0.0,
    "air_exposure_min": 20.0,
    "interlayer": "none",
    "anneal_atmosphere": "vacuum",
    "measurements": ["eis"],
}
FULL: dict[str, Any] = {
    "cations": {"La": 3.0, "Zr": [1.0, 2.0], "Ta": [0.0, 1.0], "Al": [0.0, 0.4], "Ga": [0.0, 0.4]},
    "sites": [{"elements": ["Zr", "Ta"], "total": 2.0}],
    "li_excess": [0.0, 1.2],
    "interlayer": ["none", "Al2O3", "ZnO"],
    "interlayer_nm": [1.0, 30.0],
    "fluence_j_cm2": [0.6, 4.0],
    "rep_rate_hz": [1.0, 20.0],
    "substrate_c": [400.0, 720.0],
    "o2_pa": [1.0, 50.0],
    "distance_mm": [40.0, 75.0],
    "pulses": [500, 8000],
    "anneal_c": [100.0, 600.0],
    "anneal_min": [0.0, 120.0],
    "anneal_atmosphere": ["vacuum", "o2"],
    "air_exposure_min": [0.0, 1440.0],
}
SMALL: dict[str, Any] = {"substrate_c": [450.0, 700.0], "li_excess": [0.1, 0.9], "o2_pa": [1.0, 50.0]}


def space_of(space: dict[str, Any], constraints: dict[str, Any] | None = None, **reference: Any) -> RecipeSpace:
    """A Space of a [space] table on the demo bench."""
    fields = {"space": space, "constraints": constraints or {}, "reference": {**REFERENCE, **reference}}
    return RecipeSpace.from_campaign(json.loads(json.dumps(fields)), [ENVELOPE])
