"""Spectra as the analysis takes them, from records of technique "xps" and from files. Records come from the store too.

A record is {"columns", "meta"}: binding_energy_ev or kinetic_energy_ev; counts or counts_per_s; transmission where
the instrument gave it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.xps.levels import ELEMENTS
from adatom.protocol.errors import InputError

AL_K_ALPHA_EV = 1486.6
MAX_POINTS = 20_000  # of a spectrum; a survey has some 2 000
MAX_COUNTS = 1e15  # an hour of the brightest synchrotron line: beyond is another column
MAX_HV_EV = 20_000.0  # hard X-rays of synchrotrons
MAX_SPECTRA = 200  # of an analysis
MIN_POINTS = 20
MAX_NAMES = 20  # that an error lists
NARROW_EV = 100.0  # widest spectrum of a single level; the Ti or Ga 2p regions have 50
MAX_TAKE_OFF_DEG = 75.0  # beyond, elastic scattering makes exp(-t / l cos) wrong


@dataclass(frozen=True)
class Spectrum:
    """One spectrum: binding energies upwards in eV, counts and the analyser's transmission, all (N,).

    `per_count` turns counts into a rate that spectra of one pass energy share; `poisson`: the counts are counted
    ones, so their variance is known.
    """

    name: str
    sample: str
    binding_ev: Floats
    counts: Floats
    transmission: Floats | None
    per_count: float
    poisson: bool
    hv_ev: float
    take_off_deg: float
    simulated: bool
    notes: tuple[str, ...] = ()

    @property
    def narrow(self) -> bool:
        """Whether it is of a region, not a survey."""
        return float(self.binding_ev[-1] - self.binding_ev[0]) <= NARROW_EV

    @property
    def element(self) -> str | None:
        """The element that its name begins with, None when that is not one we know."""
        first = self.name.replace("_", " ").split(" ")[0] if self.name else ""
        known = [
            element for element in ELEMENTS if first[: len(element)] == element and not first[len(element) :].isalpha()
        ]
        return max(known, key=len, default=None)


def spectrum_of(record: Mapping[str, Any], hv_ev: float | None = None) -> Spectrum:
    """The Spectrum of a record; `hv_ev` where the record does not state the photon energy. Raises InputError."""
    columns, meta = record.get("columns") or {}, record.get("meta") or {}
    name = str(meta.get("region") or meta.get("block") or "")
    where = f"xps {name or 'spectrum'}"
    stated = _positive(meta.get("hv_ev")) or hv_ev
    counts, poisson, per_count = _counts(columns, meta, where)
    if counts.size and counts.max() > MAX_COUNTS:
        raise InputError(f"{where} intensity", f"{float(counts.max()):g}: must be at most {MAX_COUNTS:g}")
    binding = _binding(columns, stated, where)
    transmission = _column(columns, "transmission", where)
    sizes = {column.size for column in (binding, counts, transmission) if column is not None}
    if len(sizes) != 1 or not MIN_POINTS <= binding.size <= MAX_POINTS:
        raise InputError(where, f"columns of {sorted(sizes)} points: must be equal, {MIN_POINTS} to {MAX_POINTS}")
    if transmission is not None and not (transmission > 0).all():
        transmission = None
    order = np.argsort(binding, kind="stable")
    if not (np.diff(binding[order]) > 0).all():
        raise InputError(where, "an energy comes twice: must be one spectrum with each energy once")
    notes = () if stated else (f"{where}: photon energy not stated, {AL_K_ALPHA_EV} eV (Al K alpha) assumed",)
    return Spectrum(
        name, str(meta.get("sample") or ""), binding[order], counts[order],
        None if transmission is None else transmission[order], per_count, poisson, stated or AL_K_ALPHA_EV,
        _take_off_deg(meta, where), bool(meta.get("simulated")), notes,
    )  # fmt: skip


def spectra_of(records: Sequence[Mapping[str, Any]], hv_ev: float | None = None) -> list[Spectrum]:
    """A Spectrum a record. Raises InputError for the first that is none, and for too many."""
    if len(records) > MAX_SPECTRA:
        raise InputError("xps", f"{len(records)} spectra: at most {MAX_SPECTRA} are analysed together")
    if hv_ev is not None and not 0.0 < hv_ev <= MAX_HV_EV:
        raise InputError("--hv-ev", f"{hv_ev}: must be above 0, at most {MAX_HV_EV:g}")
    return [spectrum_of(record, hv_ev) for record in records]


def of_sample(spectra: Sequence[Spectrum], sample: str) -> list[Spectrum]:
    """Those of the sample asked for; of all when there is one sample only. Raises InputError, naming the samples."""
    names = list(dict.fromkeys(one.sample for one in spectra if one.sample))
    shown = ", ".join(names[:MAX_NAMES]) or "none is named"
    if sample and sample not in names:
        raise InputError("--sample", f"{sample!r}: the files hold {shown}")
    if not sample and len(names) > 1:
        raise InputError("--sample", f"the files hold {len(names)} samples, name one of them: {shown}")
    return [one for one in spectra if not sample or one.sample in (sample, "")]


def _counts(columns: Mapping[str, Any], meta: Mapping[str, Any], where: str) -> tuple[Floats, bool, float]:
    """(counts, whether they are counted ones, rate a count)."""
    dwell_s, scans = _positive(meta.get("dwell_s")), _positive(meta.get("scans"))
    time_s = dwell_s * scans if dwell_s and scans else None
    counts, rate = _column(columns, "counts", where), _column(columns, "counts_per_s", where)
    if counts is not None:
        if (counts < 0).any():
            raise InputError(f"{where} column 'counts'", f"{float(counts.min())}: must not be below 0")
        whole = bool((counts == np.round(counts)).all())
        return counts, whole, 1.0 / time_s if time_s else 1.0
    if rate is None:
        found = ", ".join(columns) or "none"
        raise InputError(where, f"no column counts or counts_per_s; columns: {found}")
    if time_s:
        return rate * time_s, True, 1.0 / time_s
    return rate, False, 1.0


def _binding(columns: Mapping[str, Any], hv_ev: float | None, where: str) -> Floats:
    binding = _column(columns, "binding_energy_ev", where)
    if binding is not None:
        return binding
    kinetic = _column(columns, "kinetic_energy_ev", where)
    if kinetic is None:
        raise InputError(where, f"no column binding_energy_ev or kinetic_energy_ev; columns: {', '.join(columns)}")
    if hv_ev is None:
        raise InputError(where, "kinetic energies without a photon energy: state it with --hv-ev")
    return hv_ev - kinetic


def _column(columns: Mapping[str, Any], name: str, where: str) -> Floats | None:
    if name not in columns:
        return None
    try:
        values = np.asarray(columns[name], dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{where} column {name!r}", "it must hold numbers only") from None
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InputError(f"{where} column {name!r}", "it must be a list of finite numbers")
    return values


def _positive(value: Any) -> float | None:
    """A stated number above 0; None for what is not one."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    return float(value) if good else None


def _take_off_deg(meta: Mapping[str, Any], where: str) -> float:
    """The analyser's angle from the surface normal; 0 where the file does not say."""
    stated = meta.get("take_off_deg")
    if not isinstance(stated, int | float):
        return 0.0
    if not abs(stated) <= MAX_TAKE_OFF_DEG:
        raise InputError(f"{where} take_off_deg", f"{stated}: must be at most {MAX_TAKE_OFF_DEG:.0f} from the normal")
    return float(stated)
