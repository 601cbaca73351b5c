"""The audit of commands, whom the optimizer believed in, and what other strategies would have reached."""

from collections.abc import Mapping, Sequence
from typing import Any

from .audit import Audit, args_digest
from .jsontext import clean, from_json, to_json


class Commands(Audit):
    """What the cloud asked of benches, and what other strategies would have reached."""

    def log_command(self, bench: str, name: str, args: Mapping[str, Any], utc_s: float, who: str = "") -> int:
        """The counter for a command that is about to leave, noted first; `who` is the id of the key that seals it.

        It starts at the milliseconds of the wall clock, so that a new database does not repeat the counters of an old
        one; from then on it only grows, whatever the clock does.
        """
        with self.transaction():
            row = self.row("SELECT coalesce(max(counter), 0) FROM command")
            counter = max(int(row[0]) + 1 if row else 1, int(utc_s * 1000))
            text = to_json(args)
            self.append_audit(
                "command", utc_s,
                {"who": who, "bench": bench, "name": name, "counter": counter, "args_sha256": args_digest(text),
                 "run": clean(str(args.get("run", ""))), "envelope": self.last_envelope(bench)},
            )  # fmt: skip
            self.rows("INSERT INTO command VALUES (?, ?, ?, ?, ?)", [counter, bench, name, text, utc_s])
        return counter

    def commands(self, bench: str) -> list[dict[str, Any]]:
        """Every command sent to a bench in order: counter, name, args, sent_utc_s."""
        found = self.dicts(
            "SELECT counter, name, args, sent_utc_s FROM command WHERE bench = ? ORDER BY counter", [bench]
        )
        return [row | {"args": from_json(row["args"])} for row in found]

    def put_incumbent(self, campaign: str, trial: int, incumbent: int) -> None:
        """Keep which trial the optimizer believed in after a trial."""
        self.rows("INSERT OR REPLACE INTO incumbent VALUES (?, ?, ?)", [campaign, trial, incumbent])

    def incumbents(self, campaign: str) -> list[tuple[int, int]]:
        """(trial, trial believed in after it), in order."""
        found = self.rows("SELECT trial, incumbent FROM incumbent WHERE campaign = ? ORDER BY trial", [campaign])
        return [(int(trial), int(incumbent)) for trial, incumbent in found]

    def told_order(self, campaign: str) -> list[int]:
        """Trials in the order in which their outcome was told to the optimizer."""
        found = self.rows(
            """SELECT trial FROM trial_history WHERE campaign = ? AND event IN ('complete', 'fail') ORDER BY rowid""",
            [campaign],
        )
        return [int(trial) for (trial,) in found]

    def put_baseline(
        self, campaign: str, strategy: str, best: Sequence[float | None], incumbent: Sequence[float]
    ) -> None:
        """Keep a strategy's curves, one value a trial: best measured, and true value of the incumbent (ohm cm2).

        Before the first success there is no best: those trials (None) are left out.
        """
        known = [(number, b, i) for number, (b, i) in enumerate(zip(best, incumbent, strict=True), 1) if b is not None]
        numbers = [number for number, _, _ in known]
        with self.transaction():
            self.rows("DELETE FROM baseline WHERE campaign = ? AND strategy = ?", [campaign, strategy])
            self.insert(
                "baseline",
                {"campaign": [campaign] * len(numbers), "strategy": [strategy] * len(numbers), "trials": numbers,
                 "best_ohm_cm2": [float(b) for _, b, _ in known],
                 "incumbent_ohm_cm2": [float(i) for _, _, i in known]},
            )  # fmt: skip

    def baselines(self, campaign: str) -> dict[str, dict[str, list[float]]]:
        """Strategy -> trials, best_ohm_cm2, incumbent_ohm_cm2."""
        found: dict[str, dict[str, list[float]]] = {}
        for row in self.dicts("SELECT * FROM baseline WHERE campaign = ? ORDER BY strategy, trials", [campaign]):
            curves = found.setdefault(row["strategy"], {"trials": [], "best_ohm_cm2": [], "incumbent_ohm_cm2": []})
            for name, values in curves.items():
                values.append(row[name])
        return found
