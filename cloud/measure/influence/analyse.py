"""All that is found out of a study: both regressions, what is significant, importances, attributions, dependences."""

from dataclasses import dataclass

from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.influence.dependence import Dependence, dependence
from adatom.cloud.measure.influence.importance import importances
from adatom.cloud.measure.influence.model import Interval, LeftOut, Line, fitted, left_out, line_of
from adatom.cloud.measure.influence.shapley import attributions
from adatom.cloud.measure.influence.significance import LEVEL, SHUFFLES, Significance, significance
from adatom.cloud.measure.influence.study import Study, together

MOST_SHOWN = 6  # partial dependences
MOST_SAMPLES = 200  # some 20 s of one core; costs grow with the third power
CONFUSED = 0.8  # |Spearman| of two factors, from which their effects cannot be told apart


@dataclass(frozen=True)
class Influence:
    """What a target depends on. `importances` as the factors; `order`: their places, the most important first.

    `attributions` (n, f) on the modelled scale; `dependences` of the first in order.
    """

    study: Study
    left_out: LeftOut
    line: Line
    significance: Significance
    importances: list[Interval]
    order: list[int]
    attributions: Floats
    exact: bool
    dependences: list[Dependence]
    notes: list[str]

    @property
    def clear(self) -> list[str]:
        """Names of the factors that matter beyond chance, the most important first."""
        return [self.study.names[place] for place in self.order if self.significance.clear(place)]

    @property
    def verdict(self) -> str:
        """In words."""
        explained, p = self.left_out.explained, self.significance.model_p
        if p is None:
            return "nothing significant: samples left out are predicted no better than by the mean of the others"
        share = f"{100.0 * explained.value:.0f} % of the variance of samples left out is explained"
        if p > LEVEL:
            return f"nothing significant: {share}, as chance would too (p = {p:.2g})"
        if not self.clear:
            return f"{share}, which is not chance (p = {p:.2g}), but no single factor is clear after Holm's correction"
        return f"clear beyond chance: {', '.join(self.clear)}; {share} (p = {p:.2g})"


def analyse(study: Study, shuffles: int = SHUFFLES) -> Influence:
    """The Influence of a study; the same study gives the same. `shuffles`: see significance."""
    study = study.thinned(MOST_SAMPLES)
    process = fitted(study)
    shares = importances(study, process)
    order = sorted(range(len(shares)), key=lambda place: -shares[place].value)
    found, exact = attributions(study, process)
    sure = significance(study, process, shuffles)
    return Influence(
        study, left_out(study, process), line_of(study), sure, shares, order, found, exact,
        [dependence(study, process, place) for place in order[:MOST_SHOWN]], _notes(study),
    )  # fmt: skip


def _notes(study: Study) -> list[str]:
    mixtures = [
        f"{', '.join(study.names[place] for place in parts)} add up to a constant: a part changes with the others "
        f"keeping their ratios; the straight line leaves {study.names[balance]} out"
        for parts, balance in zip(study.mixtures, study.balances, strict=True)
    ]
    confused = [
        f"{first} and {second} go together (Spearman {rho:+.2f}): what one does cannot be told from the other"
        for first, second, rho in together(study, CONFUSED)
    ]
    return [*study.notes, *mixtures, *confused]
