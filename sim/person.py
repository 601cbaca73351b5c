"""The person of a simulated bench: mounts a fresh substrate, exposes it to air, assembles the cell on the meter.

It works on the physics behind the instruments; a bench with another physics than the twin's has no substrate.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import Recipe
from numpy.typing import NDArray

from .bench import TwinBench
from .coupling import Coupling
from .physics.held import HeldCell
from .xps_file import drop_file, vamas_text


class Person:
    """`fresh(number)` gives the chamber of each run: vented, cold, with a new substrate."""

    def __init__(self, coupling: Coupling, fresh: Callable[[int], TwinBench], xps_dir: Path | None = None) -> None:
        self.coupling = coupling
        self.fresh = fresh
        self.xps_dir = xps_dir  # where the surface analyser drops its files
        if xps_dir is not None:
            xps_dir.mkdir(parents=True, exist_ok=True)  # an agent watches it before the first file comes
        self.loads = 0

    def load(self, recipe: Recipe) -> None:
        """Mount a substrate for a recipe and take the last cell off the meter."""
        self.twin()
        self.loads += 1
        twin = self.fresh(self.loads)
        twin.load(recipe)
        self.coupling.physics = twin
        self.coupling.plant.cell = self.coupling.plant.cell_dc = None

    def confirm(self, step: str) -> float:
        """Do a step; the minutes it took. Raises InputError for an unknown one."""
        twin = self.twin()
        if step == "assemble" and self.xps_dir is not None and twin.recipe and "xps" in twin.recipe.measurements:
            self.analyse()  # while the surface is bare
        minutes = twin.confirm(step)
        if step == "assemble":
            self._connect_cell()
        return minutes

    def analyse(self, sample: str = "") -> Path:
        """Take the XPS spectra of the sample and drop their file; its path."""
        if self.xps_dir is None:
            raise InputError("xps", "the rig has no folder for files: start it with --xps DIR")
        twin = self.twin()
        name = twin.run_key.replace("/", "-")
        return drop_file(self.xps_dir, f"{name}.vms", vamas_text(twin.xps_regions(), sample or name))

    def twin(self) -> TwinBench:
        """The physics, as the twin that it must be."""
        physics = self.coupling.physics
        if not isinstance(physics, TwinBench):
            raise InputError("rig", "its physics is not the twin's: it has no substrate")
        return physics

    def _connect_cell(self) -> None:
        """Put the sample's cell on the potentiostat; the leads stay open when the sample failed before."""
        twin = self.twin()
        records, held = twin.measure("eis"), twin.held_cell()
        if records and held is not None:
            self.coupling.plant.cell = MeasuredCell(records[0]["columns"], held)
            self.coupling.plant.cell_dc = held.voltage_v


class MeasuredCell:
    """The impedance of a measured spectrum at any frequency: exact at its points, linear in lg f between them.

    Once the cell has shorted, only the share is left that a short leaves of every voltage.
    """

    def __init__(self, columns: Mapping[str, Sequence[float]], held: HeldCell) -> None:
        self._held = held
        order = np.argsort(columns["freq_hz"])
        self._grid = np.log(np.asarray(columns["freq_hz"], dtype=float)[order])
        self._real = np.asarray(columns["z_re_ohm"], dtype=float)[order]
        self._imaginary = np.asarray(columns["z_im_ohm"], dtype=float)[order]

    def __call__(self, freq_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Ohm at each frequency."""
        at = np.log(freq_hz)
        real, imaginary = np.interp(at, self._grid, self._real), np.interp(at, self._grid, self._imaginary)
        left = self._held.k["short_voltage_share"] if self._held.shorted else 1.0
        return np.asarray(left * (real + 1j * imaginary), dtype=np.complex128)
