"""Campaigns, their trials and runs, and what the samples turned out to be.

A trial is a recipe as the optimizer sees it, a run one attempt or replicate on a bench. What a trial may become is the
table TRANSITIONS; anything else is refused.
"""

from collections.abc import Mapping
from typing import Any

from adatom.protocol.errors import InputError
from adatom.protocol.messages import OUTCOMES

from .database import Database
from .jsontext import clean, from_json, to_json

STATES = ("proposed", "reserved", "running", "complete", "failed", "abandoned")
# (state, event) -> state
TRANSITIONS = {
    ("proposed", "reserve"): "reserved",  # a bench is chosen
    ("proposed", "abandon"): "abandoned",
    ("reserved", "start"): "running",
    ("reserved", "release"): "proposed",  # the bench went away before it started
    ("reserved", "refuse"): "abandoned",  # the bench refuses the recipe: it always will
    ("reserved", "abandon"): "abandoned",
    ("running", "complete"): "complete",
    ("running", "fail"): "failed",
    ("running", "abort"): "proposed",  # nobody's result: it is to be made again
    ("complete", "repeat"): "reserved",  # a replicate
}
SCALES = ("linear", "ln", "log10")


class TransitionError(ValueError):
    """The caller's mistake: an event that the trial's state does not allow."""


class Trials(Database):
    """The campaign's side of the store."""

    def add_campaign(self, name: str, file_text: str, seed: int, utc_s: float) -> None:
        """Start a campaign. InputError when the name is taken."""
        if self.campaign(name):
            raise InputError("campaign", f"{name!r} is in {self.path} already; resume it or choose another name")
        self.rows("INSERT INTO campaign VALUES (?, ?, ?, ?)", [name, file_text, seed, utc_s])

    def campaign(self, name: str) -> dict[str, Any] | None:
        """Name, file (its text), seed, created_utc_s of a campaign; None when there is no such."""
        return next((row for row in self.campaigns() if row["campaign"] == name), None)

    def campaigns(self) -> list[dict[str, Any]]:
        """All campaigns, oldest first."""
        return self.dicts("SELECT campaign, file, seed, created_utc_s FROM campaign ORDER BY created_utc_s, campaign")

    def save_state(self, campaign: str, state: Mapping[str, Any]) -> None:
        """Keep the optimizer's state, in one transaction with what belongs to it (use `transaction`).

        The JSON is kept as it is: a NaN in it is the caller's mistake (ValueError), floats come back bit-identical.
        """
        self.rows("INSERT OR REPLACE INTO optimizer_state VALUES (?, ?)", [campaign, to_json(state, strict=True)])

    def load_state(self, campaign: str) -> dict[str, Any] | None:
        """The optimizer's state as last saved."""
        row = self.row("SELECT state FROM optimizer_state WHERE campaign = ?", [campaign])
        return None if row is None else dict(from_json(row[0]))

    def propose(
        self, campaign: str, trial: int, recipe: Mapping[str, Any], provenance: str, why: str, utc_s: float
    ) -> None:
        """Add a trial in state `proposed`. Its number must be new in the campaign."""
        with self.transaction():
            self.rows(
                "INSERT INTO trial VALUES ($1, $2, 'proposed', $3, $4, $5, 0, $6, $6)",
                [campaign, trial, to_json(recipe, strict=True), provenance, why, utc_s],
            )
            self._note(campaign, trial, "propose", "proposed", why, utc_s)

    def move_trial(self, campaign: str, trial: int, event: str, utc_s: float, why: str = "") -> str:
        """The state that an event leads to, now stored. TransitionError when the table does not list it."""
        with self.transaction():
            row = self.row("SELECT state FROM trial WHERE campaign = ? AND trial = ?", [campaign, trial])
            if row is None:
                raise TransitionError(f"{campaign} has no trial {trial}")
            state = TRANSITIONS.get((row[0], event))
            if state is None:
                allowed = ", ".join(name for start, name in TRANSITIONS if start == row[0]) or "nothing"
                raise TransitionError(f"trial {trial} of {campaign} is {row[0]}: {event!r} is not allowed ({allowed})")
            self.rows("UPDATE trial SET state = ?, changed_utc_s = ? WHERE campaign = ? AND trial = ?",
                      [state, utc_s, campaign, trial])  # fmt: skip
            self._note(campaign, trial, event, state, why, utc_s)
        return state

    def trial_history(self, campaign: str, trial: int) -> list[dict[str, Any]]:
        """Every event of a trial in order: utc_s, event, state, why."""
        return self.dicts("""SELECT utc_s, event, state, why FROM trial_history
                           WHERE campaign = ? AND trial = ? ORDER BY rowid""", [campaign, trial])  # fmt: skip

    def trials(self, campaign: str) -> list[dict[str, Any]]:
        """All trials in order: trial, state, recipe, provenance, why, attempts, created_utc_s, changed_utc_s, runs.

        A run has run_id, replicate, bench, outcome, reason, started_utc_s, ended_utc_s and quantities by name.
        """
        found = self.dicts("""SELECT trial, state, recipe, provenance, why, attempts, created_utc_s, changed_utc_s
                            FROM trial WHERE campaign = ? ORDER BY trial""", [campaign])  # fmt: skip
        runs = self._runs_by_trial(campaign)
        for row in found:
            row["recipe"] = from_json(row["recipe"])
            row["runs"] = runs.get(row["trial"], [])
        return found

    def start_run(self, run_id: str, campaign: str, trial: int, replicate: int, bench: str, utc_s: float) -> None:
        """Note that an attempt begins. The run_id must be new."""
        with self.transaction():
            self.rows(
                """INSERT INTO run (run_id, campaign, trial, replicate, bench, started_utc_s)
                VALUES (?, ?, ?, ?, ?, ?)""",
                [run_id, campaign, trial, replicate, bench, utc_s],
            )
            self.rows("UPDATE trial SET attempts = attempts + 1 WHERE campaign = ? AND trial = ?", [campaign, trial])

    def end_run(self, run_id: str, outcome: str, reason: str, utc_s: float) -> None:
        """Note how an attempt ended: complete, failed or aborted, and why."""
        if outcome not in OUTCOMES:
            raise ValueError(f"outcome {outcome!r}: must be one of {', '.join(OUTCOMES)}")
        self.rows("UPDATE run SET outcome = ?, reason = ?, ended_utc_s = ? WHERE run_id = ?",
                  [outcome, clean(reason), utc_s, run_id])  # fmt: skip

    def run(self, run_id: str) -> dict[str, Any] | None:
        """One run with its campaign, trial and quantities; None when there is no such."""
        found = self._runs("run_id = ?", run_id)
        return found[0] if found else None

    def last_runs(self, most: int) -> list[dict[str, Any]]:
        """The newest runs first, without what was found of them."""
        return self.dicts("SELECT * FROM run ORDER BY started_utc_s DESC, run_id DESC LIMIT ?", [most])

    def failed_runs(self, campaign: str) -> list[dict[str, Any]]:
        """Every run that failed or was aborted, in order of its start."""
        found = self._runs("campaign = ?", campaign)
        return [row for row in found if row["outcome"] in ("failed", "aborted")]

    def put_quantity(
        self,
        run_id: str,
        name: str,
        value: float | None,
        *,
        unit: str,
        simulated: bool,
        sd: float | None = None,
        scale: str = "linear",
        censored: bool = False,
        quality: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what was found out about a sample; a new analysis replaces the old one.

        `sd` is the standard deviation of the value, its ln or its log10, as `scale` says.
        """
        if scale not in SCALES:
            raise ValueError(f"scale {scale!r}: must be one of {', '.join(SCALES)}")
        number, spread = (None if v is None else float(v) for v in (value, sd))
        self.insert(
            "quantity",
            {"run_id": [run_id], "name": [name], "value": [number], "sd": [spread], "scale": [scale], "unit": [unit],
             "censored": [censored], "simulated": [simulated], "quality": [to_json(quality or {})]},
            "OR REPLACE",
        )  # fmt: skip

    def quantities(self, run_id: str) -> dict[str, dict[str, Any]]:
        """Name -> value, sd, scale, unit, censored, simulated, quality of a sample."""
        return self._quantities("run_id = ?", run_id).get(run_id, {})

    def _note(self, campaign: str, trial: int, event: str, state: str, why: str, utc_s: float) -> None:
        self.rows("INSERT INTO trial_history VALUES (?, ?, ?, ?, ?, ?)", [campaign, trial, utc_s, event, state, why])

    def _runs_by_trial(self, campaign: str) -> dict[int, list[dict[str, Any]]]:
        runs: dict[int, list[dict[str, Any]]] = {}
        for run in self._runs("campaign = ?", campaign):
            runs.setdefault(run["trial"], []).append(run)
        return runs

    def _runs(self, where: str, value: str) -> list[dict[str, Any]]:
        # `where` is one of the two conditions of this file
        found = self.dicts(f"SELECT * FROM run WHERE {where} ORDER BY started_utc_s, run_id", [value])  # noqa: S608
        quantities = self._quantities(f"run_id IN (SELECT run_id FROM run WHERE {where})", value)  # noqa: S608
        for row in found:
            row["quantities"] = quantities.get(row["run_id"], {})
        return found

    def _quantities(self, where: str, value: str) -> dict[str, dict[str, dict[str, Any]]]:
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for row in self.dicts(f"SELECT * FROM quantity WHERE {where} ORDER BY run_id, name", [value]):  # noqa: S608
            row["quality"] = from_json(row["quality"])
            found.setdefault(row.pop("run_id"), {})[row.pop("name")] = row
        return found
