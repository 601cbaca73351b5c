"""From a fitted circuit and the cell's geometry to material constants: conductivities, capacitances, permittivities.

Must not know of files or reports. Arcs are told apart by their capacitance (Irvine, Sinclair, West 1990, Adv. Mater. 2,
132).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.eis.capacitance import brug_blocking, brug_faradaic, hsu_mansfeld
from adatom.cloud.measure.eis.cell import role_of
from adatom.cloud.measure.eis.circuit import Circuit, Leaf
from adatom.cloud.measure.eis.film import VACUUM_F_CM
from adatom.cloud.measure.eis.geometry import Geometry, Value, propagated
from adatom.cloud.measure.eis.intervals import student
from adatom.cloud.measure.eis.least_squares import log_sum
from adatom.cloud.measure.eis.result import CircuitFit

LEAST_BLOCKING_N = 0.75  # exponent of a tail that is a capacitance, half way to that of diffusion, 0.5
NEGLIGIBLE = 1e-3  # of the other resistances: what is at its lower limit counts as nothing
MOST_BULK_PERMITTIVITY = 1000.0  # solid electrolytes have 10 to 200; a grain boundary's apparent one is far larger


@dataclass(frozen=True)
class ArcPhysics:
    """One arc. role: bulk, grain boundary, pellet (one of the two: no thickness), interface, diffusion.

    Capacitances are of one interface per cm2 for an interface or diffusion, else of the whole arc per cm2; `brug` is
    None without a resistance in series; `permittivity` (relative) is that of an arc of the pellet.
    """

    names: str
    role: str
    r_ohm: Value
    hsu_mansfeld: Value
    brug: Value | None
    permittivity: Value | None


@dataclass(frozen=True)
class Physics:
    """Of one spectrum. Conductivities are None where the circuit has nothing of the kind, and `notes` say why."""

    bulk: Value | None
    total: Value | None
    arcs: tuple[ArcPhysics, ...]
    blocking: Value | None
    notes: tuple[str, ...]


def physics_of(fit: CircuitFit, geometry: Geometry) -> Physics:
    """What a fit says of the material, uncertainties of fit, area and thickness in each value."""
    arcs = tuple(_arc(fit, place, geometry) for place in range(len(fit.circuit.arcs())))
    bulk, total, notes = _conductivities(fit, geometry, [arc.role for arc in arcs])
    return Physics(bulk, total, arcs, _blocking(fit, geometry), notes)


# --- arcs -----------------------------------------------------------------------------------------------------------


def _arc(fit: CircuitFit, place: int, geometry: Geometry) -> ArcPhysics:
    leaf = fit.circuit.arcs()[place]
    before = _before(fit.circuit, place)
    own = [leaf.start, leaf.start + 1]
    plain = _value(fit, lambda p: hsu_mansfeld(*_q_n(p, leaf), float(p[leaf.start])), "F", own)
    brug = None
    if before:
        brug = _value(fit, lambda p: brug_faradaic(*_q_n(p, leaf), _log_sum(p, before), float(p[leaf.start])), "F",
                      [*own, *before])  # fmt: skip
    tau_s = float(np.exp(fit.log_p[leaf.start + 1]))
    role = _split(role_of(tau_s, plain.value * geometry.sides / geometry.area_cm2), plain, geometry)
    sides = geometry.sides if role in ("interface", "diffusion") else 1
    per_area = (sides / geometry.area_cm2, "F/cm²", geometry.area_sd_log)
    return ArcPhysics(
        ", ".join(leaf.labels), role, _resistance(fit, leaf.start), plain.times(*per_area),
        brug.times(*per_area) if brug else None,
        _permittivity(plain, geometry) if role in ("bulk", "grain boundary") else None,
    )  # fmt: skip


def _q_n(log_p: Floats, leaf: Leaf) -> tuple[float, float]:
    """(log Q, n) of an arc, which is kept as R, τ, n: Q = τ^n / R."""
    n = float(np.exp(log_p[leaf.start + 2]))
    return n * float(log_p[leaf.start + 1]) - float(log_p[leaf.start]), n


def _value(fit: CircuitFit, log_of: Callable[[Floats], float], unit: str, columns: Sequence[int]) -> Value:
    """What is computed from parameters, of which these must not be at their limits: there nothing is known of them."""
    found = propagated(log_of, fit.log_p, fit.covariance, unit, student(fit.dof))
    return Value(found.value, unit, math.inf) if any(fit.is_held(i) for i in columns) else found


def _resistance(fit: CircuitFit, column: int) -> Value:
    """A resistance with the interval of the fit, which is that of its profile where it has one."""
    one = fit.parameters[column]
    if one.held:
        return Value(one.value, "Ω", math.inf)
    down = math.log(one.value / one.low) if one.low > 0.0 else math.inf
    return Value(one.value, "Ω", one.sd_log, (down, math.log(one.high / one.value)))


def _resistors(circuit: Circuit) -> list[int]:
    return [leaf.start for leaf in circuit.series() if leaf.kind.name == "R"]


def _before(circuit: Circuit, place: int) -> list[int]:
    """Columns of the resistances that lie before an arc: those in series and of faster arcs, as arcs are sorted."""
    return [*_resistors(circuit), *(leaf.start for leaf in circuit.arcs()[:place])]


def _log_sum(log_p: Floats, columns: list[int]) -> float:
    return float(np.logaddexp.reduce(log_p[columns]))


def _split(role: str, capacitance: Value, geometry: Geometry) -> str:
    """An arc of the pellet as bulk or grain boundary, by the permittivity that a slab of its capacitance had."""
    if role != "pellet" or geometry.thickness_cm is None:
        return role
    return "bulk" if _permittivity(capacitance, geometry).value <= MOST_BULK_PERMITTIVITY else "grain boundary"


def _permittivity(capacitance: Value, geometry: Geometry) -> Value:
    """C d / (ε₀ A)."""
    factor = (geometry.thickness_cm or 0.0) / (VACUUM_F_CM * geometry.area_cm2)
    return capacitance.times(factor, "", geometry.area_sd_log, geometry.thickness_sd_log)


# --- conductivity ---------------------------------------------------------------------------------------------------


def _conductivities(
    fit: CircuitFit, geometry: Geometry, roles: list[str]
) -> tuple[Value | None, Value | None, tuple[str, ...]]:
    """(bulk, total, notes): d / (A R)."""
    if geometry.thickness_cm is None:
        return None, None, ("conductivity needs the distance of the electrodes: give --thickness-cm",)
    if not fit.circuit.is_plain:
        return None, None, ("conductivity needs a circuit of p(R,CPE) in series: others have resistances out of sight",)
    arcs = [leaf.start for leaf in fit.circuit.arcs()]
    of = {role: [start for start, one in zip(arcs, roles, strict=True) if one == role] for role in set(roles)}
    bulk, grains, leads = of.get("bulk", []), of.get("grain boundary", []), _resistors(fit.circuit)
    notes: list[str] = []
    if bulk and leads:
        notes.append("the bulk has an arc of its own: the resistance in series counts as the leads'")
    elif leads:
        bulk = leads
        notes.append("no arc of the bulk is seen: it is the resistance in series, leads included")
    if not bulk and not grains:
        return None, None, ("the circuit has no resistance of the electrolyte",)
    total = _conductivity(fit, geometry, [*bulk, *grains], notes)
    return (_conductivity(fit, geometry, bulk, notes) if bulk else None), total, tuple(dict.fromkeys(notes))


def _conductivity(fit: CircuitFit, geometry: Geometry, columns: list[int], notes: list[str]) -> Value | None:
    """Of resistances in series; None and a note where one that counts is at its limit, as nothing is known of it."""
    rest = sum(fit.parameters[i].value for i in columns if not fit.is_held(i))
    counted = [i for i in columns if not fit.is_held(i) or fit.parameters[i].value > NEGLIGIBLE * rest]
    held = [fit.parameters[i].name for i in counted if fit.is_held(i)]
    if held:
        notes.append(f"{', '.join(held)} at the limit of what the fit allows: no conductivity from it")
        return None
    resistance = _resistance(fit, counted[0]) if len(counted) == 1 else _sum(fit, counted)
    factor = (geometry.thickness_cm or 0.0) / geometry.area_cm2
    return resistance.inverse("S").times(factor, "S/cm", geometry.area_sd_log, geometry.thickness_sd_log)


def _sum(fit: CircuitFit, columns: list[int]) -> Value:
    value, sd_log = log_sum(fit.log_p, fit.covariance, columns)
    reach = student(fit.dof) * sd_log
    return Value(math.exp(value), "Ω", sd_log, (reach, reach))


def _blocking(fit: CircuitFit, geometry: Geometry) -> Value | None:
    """The double layer of blocking electrodes, per cm2 of one: a constant phase element in series with everything."""
    tails = [leaf for leaf in fit.circuit.series() if leaf.kind.name == "CPE"]
    before = _before(fit.circuit, len(fit.circuit.arcs()))
    if len(tails) != 1 or not before or np.exp(fit.log_p[tails[0].start + 1]) < LEAST_BLOCKING_N:
        return None
    at = tails[0].start
    found = _value(fit, lambda p: brug_blocking(float(p[at]), float(np.exp(p[at + 1])), _log_sum(p, before)), "F",
                   [at, *before])  # fmt: skip
    return found.times(geometry.sides / geometry.area_cm2, "F/cm²", geometry.area_sd_log)
