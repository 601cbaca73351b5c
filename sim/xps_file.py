"""The simulated surface analyser's files: spectra of a sample as VAMAS (ISO 14976), dropped like a real one drops them.

Written after the standard, line by line, by code that shares nothing with the parser that reads it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .physics.xps import PHOTON_EV, Region

FORMAT = "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"
UNKNOWN = "1E+37"
WORK_FUNCTION_EV = 4.5  # K: of the analyser; energies are counted from the Fermi level
X_RAY_W = 150.0  # K
TRANSMISSION_POWER = -0.3  # as the spectra are made with


def vamas_text(regions: Sequence[Region], sample: str) -> str:
    """A whole file: one block a region, kinetic energies, counts and transmission."""
    head = [
        FORMAT, "adatom", "simulated analyser", "nobody", "simulated: made by a digital twin, not by an instrument",
        "0", "NORM", "REGULAR", str(len(regions)),
        "0",  # experimental variables
        "0",  # inclusion or exclusion list
        "0",  # manually entered items
        "0", "0",  # future upgrade entries
        str(len(regions)),
    ]  # fmt: skip
    blocks = [line for region in regions for line in _block(region, sample)]
    return "\r\n".join([*head, *blocks, "end of experiment", ""])


def drop_file(folder: Path, name: str, text: str) -> Path:
    """Put a file into a folder as a careful program does: under a hidden name first, then renamed."""
    hidden = folder / f".{name}.part"
    hidden.write_text(text, newline="")
    return hidden.rename(folder / name)


def _block(region: Region, sample: str) -> list[str]:
    transmission = (region.kinetic_ev / 1000.0) ** TRANSMISSION_POWER
    step_ev = float(region.kinetic_ev[1] - region.kinetic_ev[0])
    ordinates = np.column_stack([region.counts, transmission]).ravel()
    return [
        f"{region.species} {region.transition}".strip(), sample or "unknown",
        "2026", "1", "1", "12", "0", "0", "0",  # the twin has no calendar
        "1", "simulated", "XPS", "Al Ka", _number(PHOTON_EV), _number(X_RAY_W), UNKNOWN, UNKNOWN,
        "54.7", UNKNOWN, "FAT", _number(region.pass_ev), UNKNOWN, _number(WORK_FUNCTION_EV), "0", UNKNOWN, UNKNOWN,
        "0", "0", region.species, region.transition or "none", "-1",
        "Kinetic Energy", "eV", _number(float(region.kinetic_ev[0])), _number(step_ev),
        "2", "counts", "d", "Transmission", "d",
        "pulse counting", _number(region.dwell_s), str(region.scans), "0", "0", "0", "0",
        "1", "simulated", "d", "1",
        str(ordinates.size), _number(float(region.counts.min())), _number(float(region.counts.max())),
        _number(float(transmission.min())), _number(float(transmission.max())), *map(_number, ordinates.tolist()),
    ]  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.9g}"
