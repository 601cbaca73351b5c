"""The scores of candidates: one SELECT each in scores/, fused to V and HyperScore in fused.sql.

This file brings the candidates, what was tested and the bench's limits into the relations of inputs.sql; every
judgement is in the SQL.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from adatom.protocol import envelope as envelopes
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.recipe import (
    CHOICES,
    NEGATIVE_CHARGE,
    NUMBERS,
    VALENCE,
    Recipe,
    lithium_per_12_o,
    recipe_from_dict,
)

from .database import Database, Values
from .jsontext import from_json

HERE = Path(__file__).parent
SCORES = {path.stem: path for path in sorted((HERE / "scores").glob("*.sql"))}
INPUTS = (
    "candidate", "candidate_element", "tested", "tested_value", "tested_prediction", "interlock", "candidate_score",
)  # fmt: skip
READINGS = ("formula", "linear")
OXYGEN_PER_FORMULA = NEGATIVE_CHARGE / 2.0
CATIONS = tuple(sorted(element for element in VALENCE if element != "Li"))
CATION_SPAN = 3.0  # atoms per 12 O: the most that one garnet site holds; makes cations comparable with other axes
# What the outcome of a sample is judged by
OUTCOME = "r_interface_ohm_cm2"

Candidate = tuple[str, Mapping[str, Any]]


class Scored(NamedTuple):
    """The judgement of one candidate. Scores are 0 to 1, better up; `value` is V, in (0, 1]."""

    candidate_id: str
    scores: dict[str, float]
    because: dict[str, str]
    value: float
    hyperscore: float
    reading: str
    weights_version: int


class Scoring(Database):
    """The judging side of the store."""

    def score(
        self,
        candidates: Sequence[Candidate],
        envelope: Mapping[str, Any],
        campaign: str | None = None,
        reading: str = "formula",
    ) -> list[Scored]:
        """One Scored per (id, recipe dict), in the order given.

        `campaign` restricts what counts as tested to one campaign. `reading` "formula" is HyperScore as written,
        100 [1 + sigma(beta ln V + gamma)^kappa]; "linear" takes kappa as a factor. InputError for what is no recipe.
        """
        if reading not in READINGS:
            raise InputError("reading", f"{reading!r}: must be one of {', '.join(READINGS)}")
        ids = [candidate_id for candidate_id, _ in candidates]
        if len(set(ids)) != len(ids):
            raise InputError("candidates", "an id stands twice")
        recipes = [_recipe(candidate_id, fields) for candidate_id, fields in candidates]
        self._fill_inputs(ids, recipes, envelope, campaign)
        scores: dict[str, dict[str, float]] = {candidate_id: {} for candidate_id in ids}
        because: dict[str, dict[str, str]] = {candidate_id: {} for candidate_id in ids}
        for name, path in SCORES.items():
            for candidate_id, score, text in self.rows(path.read_text(encoding="utf-8")):
                scores[candidate_id][name] = score
                because[candidate_id][name] = text
        fused = self._fuse(scores)
        return [Scored(i, scores[i], because[i], fused[i]["value"], fused[i][READING_COLUMNS[reading]], reading,
                       fused[i]["weights_version"]) for i in ids]  # fmt: skip

    def keep_scores(self, campaign: str, trial: int, scored: Scored, utc_s: float) -> None:
        """Keep the judgement of a trial; a later one replaces it."""
        names = sorted(scored.scores)
        with self.transaction():
            self.insert(
                "score",
                {"campaign": [campaign] * len(names), "trial": [trial] * len(names), "name": names,
                 "score": [scored.scores[n] for n in names], "because": [scored.because[n] for n in names]},
                "OR REPLACE",
            )  # fmt: skip
            fused = [scored.value, scored.hyperscore, scored.reading, scored.weights_version]
            self.rows("INSERT OR REPLACE INTO fused_score VALUES (?, ?, ?, ?, ?, ?, ?)",
                      [campaign, trial, *fused, utc_s])  # fmt: skip

    def scores(self, campaign: str) -> dict[int, Scored]:
        """Trial -> its judgement as kept."""
        found = {}
        for row in self.dicts("SELECT * FROM fused_score WHERE campaign = ? ORDER BY trial", [campaign]):
            found[row["trial"]] = Scored(f"{campaign}/{row['trial']}", {}, {}, row["value"], row["hyperscore"],
                                         row["reading"], row["weights_version"])  # fmt: skip
        for trial, name, score, text in self.rows(
            "SELECT trial, name, score, because FROM score WHERE campaign = ? ORDER BY trial, name", [campaign]
        ):
            found[trial].scores[name] = score
            found[trial].because[name] = text
        return found

    def _fill_inputs(
        self, ids: Sequence[str], recipes: Sequence[Recipe], envelope: Mapping[str, Any], campaign: str | None
    ) -> None:
        self._empty_inputs()
        self.insert("candidate", _candidate_columns(ids, recipes, envelope))
        self.insert("candidate_element", _element_columns(ids, recipes))
        self.insert("interlock", {"name": list(envelope["interlock"]),
                                  "highest": [float(v) for v in envelope["interlock"].values()]})  # fmt: skip
        self._fill_tested(envelope, campaign)

    def _empty_inputs(self) -> None:
        self.rows((HERE / "inputs.sql").read_text(encoding="utf-8"))
        for table in INPUTS:
            self.rows(f"DELETE FROM {table}")  # noqa: S608 - names of this file

    def _fill_tested(self, envelope: Mapping[str, Any], campaign: str | None) -> None:
        """What was tried: place and fate of each trial that ended, and the outcome of each of its runs."""
        ended = self.rows(
            """SELECT campaign || '/' || trial, recipe, state = 'complete' FROM trial
            WHERE state IN ('complete', 'failed') AND ($1 IS NULL OR campaign = $1) ORDER BY campaign, trial""",
            [campaign],
        )
        recipes = [recipe_from_dict(from_json(text)) for _, text, _ in ended]
        self.insert("tested", {"tested_id": [row[0] for row in ended], "ok": [row[2] for row in ended],
                               "position": [_position(recipe, envelope) for recipe in recipes]})  # fmt: skip
        self.rows(
            """INSERT INTO tested_value SELECT campaign || '/' || trial, log10(value)
            FROM quantity JOIN run USING (run_id)
            WHERE name = $2 AND value > 0 AND NOT censored AND ($1 IS NULL OR campaign = $1) ORDER BY run_id""",
            [campaign, OUTCOME],
        )
        self.rows(
            """INSERT INTO tested_prediction SELECT campaign || '/' || trial, 1 - pow(probability - good::DOUBLE, 2)
            FROM prediction_outcome
            WHERE said_by = 'pipeline' AND good IS NOT NULL AND ($1 IS NULL OR campaign = $1)
            ORDER BY campaign, trial""",
            [campaign],
        )

    def _fuse(self, scores: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, Any]]:
        rows = [(i, name, float(score)) for i, named in scores.items() for name, score in named.items()]
        names = ("candidate_id", "name", "score")
        self.insert("candidate_score", {name: [row[k] for row in rows] for k, name in enumerate(names)})
        found = self.dicts((HERE / "fused.sql").read_text(encoding="utf-8"))
        return {row["candidate_id"]: row for row in found}


READING_COLUMNS = {"formula": "hyperscore", "linear": "hyperscore_linear"}


def _recipe(candidate_id: str, fields: Mapping[str, Any]) -> Recipe:
    try:
        return recipe_from_dict(dict(fields))
    except ProtocolError as error:
        raise InputError(f"candidate {candidate_id}", str(error)) from error


def _candidate_columns(ids: Sequence[str], recipes: Sequence[Recipe], envelope: Mapping[str, Any]) -> dict[str, Values]:
    columns: dict[str, Values] = {"candidate_id": ids}
    for name, _, _, _ in NUMBERS:
        columns[name] = [float(getattr(recipe, name)) for recipe in recipes]
    for name, _ in CHOICES:
        columns[name] = [getattr(recipe, name) for recipe in recipes]
    for element in CATIONS:
        columns[element] = [float(dict(recipe.cations).get(element, 0.0)) for recipe in recipes]
    columns["neutral_li"] = [float(lithium_per_12_o(recipe.cations)) for recipe in recipes]
    columns["energy_mj"] = [
        float(envelopes.energy_for_fluence_mj(recipe.fluence_j_cm2, envelope["optics"])) for recipe in recipes
    ]
    columns["refusal"] = ["; ".join(envelopes.check(recipe, dict(envelope))) for recipe in recipes]
    columns["position"] = [_position(recipe, envelope) for recipe in recipes]
    return columns


def _element_columns(ids: Sequence[str], recipes: Sequence[Recipe]) -> dict[str, Values]:
    """The film that the recipe is for (neutral, 12 O) as fractions of its atoms."""
    rows = []
    for candidate_id, recipe in zip(ids, recipes, strict=True):
        atoms = dict(recipe.cations) | {"Li": lithium_per_12_o(recipe.cations), "O": OXYGEN_PER_FORMULA}
        total = sum(atoms.values())
        rows += [(candidate_id, element, amount / total) for element, amount in sorted(atoms.items()) if amount > 0.0]
    names = ("candidate_id", "element", "fraction")
    return {name: [row[k] for row in rows] for k, name in enumerate(names)}


def _position(recipe: Recipe, envelope: Mapping[str, Any]) -> list[float]:
    """A recipe as a point whose axes are comparable: the envelope's range, or one site's cations, is 1.

    A different choice (interlayer, atmosphere) is a distance of 1: two one-hot axes of 1/sqrt 2.
    """
    point = []
    for name, _, _, _ in NUMBERS:
        low, high = envelope["recipe"][name]
        point.append((getattr(recipe, name) - low) / (high - low) if high > low else 0.0)
    point += [dict(recipe.cations).get(element, 0.0) / CATION_SPAN for element in CATIONS]
    for name, allowed in CHOICES:
        point += [0.5**0.5 if getattr(recipe, name) == choice else 0.0 for choice in allowed]
    return [float(value) for value in point]
