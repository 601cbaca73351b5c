"""Which circuit: a nested list L-R-arc-arc-… with or without a diffusion tail, chosen by BIC.

Each larger circuit starts from the smaller one's fit and one more arc. A circuit is admissible when every arc is
significant: its R exceeds two standard errors.
"""

from dataclasses import dataclass, replace

import numpy as np
from adatom.cloud.measure.eis.circuit import Circuit, parse_circuit
from adatom.cloud.measure.eis.fit import Problem, without_spikes
from adatom.cloud.measure.eis.guess import find_arcs, series_start
from adatom.cloud.measure.eis.result import CircuitFit, with_ends
from adatom.cloud.measure.eis.starts import Arc

SIGNIFICANT_SD_LOG = 0.5  # R exceeds 2 sd
MAX_ARCS = 4
WORSE_BIC = 6.0  # "strong" evidence (Kass & Raftery 1995) ends the search for more arcs


@dataclass(frozen=True)
class Candidate:
    """A circuit that was tried; `refused` says why it cannot be chosen, "" when it can."""

    fit: CircuitFit
    refused: str


@dataclass(frozen=True)
class Selection:
    """The chosen fit and everything that was tried, in the order of trying."""

    best: CircuitFit
    candidates: tuple[Candidate, ...]


def arcs_circuit(arcs: int, tail: bool) -> Circuit:
    """`L0-R0-p(R1,CPE1)-…` with this many arcs, and a series CPE as a tail."""
    parts = ["L0", "R0", *(f"p(R{i},CPE{i})" for i in range(1, arcs + 1))]
    return parse_circuit("-".join([*parts, f"CPE{arcs + 1}"] if tail else parts))


def without_idle(problem: Problem, fit: CircuitFit) -> CircuitFit:
    """The fit again without a series resistance or inductance that it holds at the lower bound; else the fit itself."""
    lower, _ = problem.bounds(fit.circuit)
    series = [leaf for leaf in fit.circuit.series() if leaf.kind.name in ("R", "L")]
    idle = [leaf for leaf in series if fit.log_p[leaf.start] <= lower[leaf.start]]
    parts = fit.circuit.text.split("-")
    kept = [part for part in parts if part not in {leaf.labels[0] for leaf in idle}]
    if not idle or not kept:
        return fit
    columns = [i for leaf in fit.circuit.leaves if leaf not in idle for i in range(leaf.start, leaf.stop)]
    return problem.fit(parse_circuit("-".join(kept)), [fit.log_p[columns]])


def select(problem: Problem, *, max_arcs: int = MAX_ARCS) -> Selection:
    """Fit the nested list and choose the admissible circuit of lowest BIC (without any: the fewest arcs).

    Once more where the chosen circuit shows points to be outliers that the smoother let pass.
    """
    found = _select(problem, max_arcs)
    cleared = without_spikes([problem], [found.best])
    if cleared:
        problem = cleared[0]
        found = _select(problem, max_arcs)
    (best,) = with_ends([problem], [found.best])
    candidates = (replace(one, fit=best) if one.fit is found.best else one for one in found.candidates)
    return Selection(best, tuple(candidates))


def _select(problem: Problem, max_arcs: int) -> Selection:
    candidates: list[Candidate] = []
    known: list[Arc] = []
    best_bic = np.inf
    for count in range(max_arcs + 1):
        circuit = arcs_circuit(count, tail=False)
        if circuit.size >= 2 * int(problem.keep.sum()):
            break
        sets = find_arcs(problem.finder, count) if count <= 2 else []
        sets += problem.finder.singles(known, 3) if count >= 2 else []
        if not sets:  # no further arc with a positive resistance lowers the residuals
            break
        fits = [problem.fit(circuit, [series_start(problem.finder, circuit, arcs) for arcs in sets])]
        known = arcs_of(fits[0])
        if count and _is_open(problem, known[-1], arc_sd_log(fits[0], -1)):
            tail = arcs_circuit(count - 1, tail=True)
            fits.append(problem.fit(tail, [series_start(problem.finder, tail, known)]))
        candidates += [Candidate(fit, _refusal(fit)) for fit in fits]
        bic = min(fit.bic for fit in fits)
        if count > 1 and bic > best_bic + WORSE_BIC:
            break
        best_bic = min(best_bic, bic)
    allowed = [candidate.fit for candidate in candidates if not candidate.refused]
    chosen = min(allowed, key=lambda fit: fit.bic) if allowed else candidates[0].fit
    best = without_idle(problem, chosen)
    if best is not chosen:
        candidates.append(Candidate(best, ""))
    return Selection(best, tuple(candidates))


def arcs_of(fit: CircuitFit) -> list[Arc]:
    """The arcs of a fit as start values, fastest first."""
    return [Arc(*(float(v) for v in np.exp(fit.log_p[leaf.start : leaf.stop]))) for leaf in fit.circuit.arcs()]


def arc_sd_log(fit: CircuitFit, number: int) -> float:
    """The standard error of log R of an arc."""
    start = fit.circuit.arcs()[number].start
    return float(np.sqrt(fit.covariance[start, start]))


def _is_open(problem: Problem, arc: Arc, sd_log: float) -> bool:
    """Whether the slowest arc does not close inside the measured range."""
    return sd_log > SIGNIFICANT_SD_LOG or arc.tau_s * float(problem.w[problem.keep].min()) > 2.0


def _refusal(fit: CircuitFit) -> str:
    arcs = fit.circuit.arcs()
    weak = [leaf.labels[0] for i, leaf in enumerate(arcs) if not arc_sd_log(fit, i) <= SIGNIFICANT_SD_LOG]
    if weak:
        return f"{', '.join(weak)} not larger than 2 standard errors"
    return "" if fit.converged else "did not converge"
