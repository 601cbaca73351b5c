"""The weights of V with every step of theirs, what was said of trials beforehand, and what experts answered."""

from collections.abc import Mapping
from typing import Any

from adatom.protocol.errors import InputError

from .database import Database
from .jsontext import clean, from_json, to_json

CRITERIA = ("logic", "novelty", "impact", "reproducibility", "meta")  # what V is made of, formula 2
PIPELINE = "pipeline"  # who speaks where no expert does
PRIMARY = "r_interface_ohm_cm2"
TARGET_QUANTILE = 0.25  # a good trial is at or below this quantile of what its campaign has measured before
LEAST_MEASURED = 4  # values before there is a target


class Judgement(Database):
    """The judging of judgements in the store."""

    # --- weights -----------------------------------------------------------------------------------------------

    def weights(self, version: int | None = None) -> dict[str, Any]:
        """The row of a version of the weights, the newest unless given. InputError when there is no such."""
        found = self.dicts(
            "SELECT * FROM weights WHERE $1 IS NULL OR version = $1 ORDER BY version DESC LIMIT 1", [version]
        )
        if not found:
            raise InputError("weights", f"there is no version {version}")
        return found[0]

    def weights_history(self) -> list[dict[str, Any]]:
        """Every version, oldest first."""
        return self.dicts("SELECT * FROM weights ORDER BY version")

    def weight_steps(self) -> list[dict[str, Any]]:
        """Every step, oldest first; `evidence` decoded."""
        found = self.dicts("SELECT * FROM weight_step ORDER BY step")
        for row in found:
            row["evidence"] = from_json(row["evidence"])
        return found

    def step_weights(
        self,
        source: str,
        weights: Mapping[str, float] | None,
        why: str,
        evidence: Mapping[str, Any],
        utc_s: float,
    ) -> int | None:
        """The new version that a step gives; None of one that was held back (`weights` None), which is noted too."""
        with self.transaction():
            before = self.weights()
            after = None if weights is None else self._add_version(before, weights, source, why)
            self._note_step(source, before["version"], after, None, why, evidence, utc_s)
        return after

    def undo_weights(self, why: str, utc_s: float) -> tuple[int, int]:
        """(step taken back, new version): bit for bit the numbers before the latest step not yet taken back.

        InputError when there is none.
        """
        with self.transaction():
            row = self.row(
                """SELECT step, before FROM weight_step
                WHERE source <> 'undo' AND after IS NOT NULL
                AND step NOT IN (SELECT undoes FROM weight_step WHERE undoes IS NOT NULL)
                ORDER BY step DESC LIMIT 1"""
            )
            if row is None:
                raise InputError("--undo", "no step of the weights is left to take back")
            step, version = row
            now, then = self.weights(), self.weights(version)
            text = f"as version {version}, before step {step}: {why}" if why else f"as version {version}"
            after = self._add_version(then, then, then["source"], text)
            self._note_step("undo", now["version"], after, step, why, {}, utc_s)
        return int(step), after

    def _add_version(self, model: Mapping[str, Any], weights: Mapping[str, float], source: str, why: str) -> int:
        """The number of a new version: the weights given, all else as in `model`."""
        version = int(self.rows("SELECT max(version) FROM weights")[0][0]) + 1
        formula = model["formula"] if "formula" in weights else 2
        row = {name: float(weights.get(name, 0.0)) for name in (*CRITERIA, "feasibility")}
        known = {name: model[name] for name in ("beta", "gamma", "kappa")}
        columns = {"version": version, "formula": formula, **row, **known, "source": source, "why": clean(why)}
        self.insert("weights", {name: [value] for name, value in columns.items()})
        return version

    def _note_step(
        self, source: str, before: int, after: int | None, undoes: int | None, why: str,
        evidence: Mapping[str, Any], utc_s: float,
    ) -> None:  # fmt: skip
        step = self.rows("SELECT coalesce(max(step), 0) + 1 FROM weight_step")[0][0]
        self.rows("INSERT INTO weight_step VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                  [step, source, before, after, undoes, clean(why), to_json(evidence, strict=True), utc_s])  # fmt: skip

    # --- predictions and outcomes ------------------------------------------------------------------------------

    def target(self, campaign: str) -> float | None:
        """Ohm cm2 that a good trial does not exceed: the lower quartile of what the campaign has measured so far.

        None before there are LEAST_MEASURED values.
        """
        row = self.row(
            """SELECT quantile_cont(value, $2), count(*) FROM quantity JOIN run USING (run_id)
            WHERE campaign = $1 AND name = $3 AND value > 0""",
            [campaign, TARGET_QUANTILE, PRIMARY],
        )
        return float(row[0]) if row is not None and row[1] >= LEAST_MEASURED else None

    def put_prediction(
        self, campaign: str, trial: int, said_by: str, target: float,
        chance: tuple[float, float, float], why: str, utc_s: float,
    ) -> None:  # fmt: skip
        """Keep what was said of a trial before it ended: (probability, low, high). InputError once it has ended."""
        row = self.row("SELECT state FROM trial WHERE campaign = ? AND trial = ?", [campaign, trial])
        if row is None:
            raise InputError(f"{campaign}/{trial}", "there is no such trial")
        if row[0] in ("complete", "failed"):
            raise InputError(f"{campaign}/{trial}", f"is {row[0]} already: nothing can be foretold of it")
        self.rows("INSERT OR REPLACE INTO prediction VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  [campaign, trial, said_by, target, *chance, clean(why), utc_s])  # fmt: skip

    def predictions(self, campaign: str | None = None) -> list[dict[str, Any]]:
        """What was said, in the order it was, with `good`: what came of it (None: open)."""
        return self.dicts(
            """SELECT * FROM prediction_outcome WHERE $1 IS NULL OR campaign = $1
            ORDER BY said_utc_s, campaign, trial, said_by""",
            [campaign],
        )

    def judged_outcomes(self, campaign: str | None = None) -> list[dict[str, Any]]:
        """Of every trial that was predicted and has ended: campaign, trial, good, chance said, the scores by name."""
        named = ", ".join(f"any_value(score) FILTER (name = '{n}') AS {n}" for n in (*CRITERIA, "feasibility"))
        return self.dicts(
            f"""SELECT campaign, trial, any_value(good) AS good, any_value(probability) AS probability,
                any_value(said_utc_s) AS said_utc_s, {named}
            FROM prediction_outcome JOIN score USING (campaign, trial)
            WHERE said_by = 'pipeline' AND good IS NOT NULL AND ($1 IS NULL OR campaign = $1)
            GROUP BY campaign, trial ORDER BY said_utc_s, campaign, trial""",  # noqa: S608 - names of this file
            [campaign],
        )

    # --- experts -----------------------------------------------------------------------------------------------

    def put_comparison(self, left: str, right: str, expert: str, answer: str, why: str, utc_s: float) -> None:
        """Keep an expert's answer; a later one of the same expert replaces it. Order of the two does not matter."""
        if left > right:
            left, right = right, left
            answer = {"left": "right", "right": "left"}.get(answer, answer)
        self.rows("INSERT OR REPLACE INTO comparison VALUES (?, ?, ?, ?, ?, ?)",
                  [left, right, expert, answer, clean(why), utc_s])  # fmt: skip

    def comparisons(self) -> list[dict[str, Any]]:
        """Every answer, oldest first."""
        return self.dicts('SELECT * FROM comparison ORDER BY answered_utc_s, "left", "right", expert')

    def put_priorities(self, expert: str, ratios: Mapping[tuple[str, str], float], utc_s: float) -> None:
        """Keep an expert's pairwise comparisons of the scores, {(score, other score): ratio}; they replace the last."""
        with self.transaction():
            self.rows("DELETE FROM priority WHERE expert = ?", [expert])
            for (better, than), ratio in sorted(ratios.items()):
                self.rows("INSERT INTO priority VALUES (?, ?, ?, ?, ?)", [expert, better, than, ratio, utc_s])

    def priorities(self) -> dict[str, dict[tuple[str, str], float]]:
        """Expert -> {(score, other score): ratio}."""
        found: dict[str, dict[tuple[str, str], float]] = {}
        for expert, better, than, ratio in self.rows(
            "SELECT expert, better, than, ratio FROM priority ORDER BY expert, better, than"
        ):
            found.setdefault(expert, {})[better, than] = ratio
        return found
