"""A stored impedance spectrum made ready to be drawn: per cm² of one interface, with its fit.

Must not know of figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from adatom.cloud.measure.eis.arrays import Complexes, Flags, Floats
from adatom.cloud.measure.eis.cell import CellFit, fit_cell
from adatom.cloud.measure.eis.film import DEFAULT_FILM_NM
from adatom.protocol.errors import InputError

from .values import Estimate

CURVE_POINTS = 300
STATUS_OK = 0


@dataclass(frozen=True)
class Nyquist:
    """Impedance in ohm cm2 of one interface over frequency, points (N,); the curve (M,) is empty without a fit.

    `residuals` (N,) are (fit - measured) / |Z|. `why_not` says why there is no fit, "" when there is one.
    """

    freq_hz: Floats
    z_ohm_cm2: Complexes
    curve_ohm_cm2: Complexes
    residuals: Complexes
    outliers: Flags
    r_interface: Estimate | None
    notes: tuple[str, ...]
    why_not: str
    simulated: bool


def nyquist_of(measurement: Mapping[str, Any]) -> Nyquist | None:
    """The spectrum of an "eis" measurement as the store gives it, fitted anew; None without usable points or area."""
    columns, meta = measurement["columns"], measurement["meta"]
    freq_hz, z_ohm = _points(columns)
    if not freq_hz.size or not meta.get("area_cm2"):
        return None
    symmetric, simulated = bool(meta.get("symmetric", 1)), bool(meta.get("simulated", 0))
    to_side = meta["area_cm2"] / (2.0 if symmetric else 1.0)
    fit, why_not = _fit(freq_hz, z_ohm, meta, symmetric)
    nothing = np.zeros(0, dtype=complex)
    if fit is None or fit.model is None:
        return Nyquist(freq_hz, z_ohm * to_side, nothing, nothing, np.zeros(freq_hz.size, dtype=bool), None, (),
                       why_not, simulated)  # fmt: skip
    model = fit.model
    dense_hz = np.geomspace(freq_hz.max(), freq_hz.min(), CURVE_POINTS)
    curve = model.circuit.impedance(model.log_p, dense_hz) * to_side
    value = fit.r_interface_ohm_cm2
    estimate = None if value is None else Estimate(value, fit.sd_log, "ln", "Ω cm²", simulated=simulated)
    return Nyquist(freq_hz, z_ohm * to_side, curve, model.residuals, model.outliers, estimate, fit.notes, "", simulated)


def _points(columns: Mapping[str, Any]) -> tuple[Floats, Complexes]:
    """Frequencies and impedances of the points that the instrument calls good; none without whole columns."""
    freq, re, im = (np.asarray(columns.get(name, []), dtype=float) for name in ("freq_hz", "z_re_ohm", "z_im_ohm"))
    status = np.asarray(columns.get("status", np.zeros(freq.size)), dtype=float)
    if not freq.size == re.size == im.size == status.size:
        return np.zeros(0), np.zeros(0, dtype=complex)
    good = (status == STATUS_OK) & (freq > 0) & np.isfinite(re) & np.isfinite(im)
    return freq[good], (re + 1j * im)[good]


def _fit(freq_hz: Floats, z_ohm: Complexes, meta: Mapping[str, Any], symmetric: bool) -> tuple[CellFit | None, str]:
    """(fit, "") as the analysis of new spectra makes it, or (None, why not)."""
    try:
        fit = fit_cell(freq_hz, z_ohm, area_cm2=meta["area_cm2"], symmetric=symmetric,
                       film_nm=meta.get("film_nm", DEFAULT_FILM_NM))  # fmt: skip
    except InputError as error:
        return None, str(error)
    return fit, fit.reason
