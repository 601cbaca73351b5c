"""Conditions that many tests start from. Not a test."""

from dataclasses import replace

from adatom.sim.physics.conditions import Conditions

# Ta0.5 with 40 % lithium excess at 600 °C on the thermocouple, 20 min air, no treatment
REFERENCE = Conditions(
    atoms_arriving={"La": 3.0, "Zr": 1.5, "Ta": 0.5, "Li": 9.1},
    fluence_j_cm2=2.0,
    rate_nm_s=0.119,
    deposition_s=1600.0,
    substrate_c=560.0,
    o2_pa=10.0,
    distance_mm=55.0,
    pulses=6000,
    air_exposure_min=20.0,
)
CLEANED = replace(REFERENCE, anneal_c=450.0, anneal_s=3600.0)
