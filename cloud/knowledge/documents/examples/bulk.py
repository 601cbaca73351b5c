"""A made-up example: it is read, never run."""

from ase.build import bulk
from gpaw import GPAW, PW

lithia = bulk("Li2O", "fluorite", a=4.62)
lithia.calc = GPAW(mode=PW(520), xc="PBE", kpts=(4, 4, 4))
# mypy: ignore-errors
