"""What became of the trials' cells, as a section of the report: lives, critical currents, efficiency and fade."""

from html import escape

from .by_trial import by_trial
from .figures import html_of
from .gather import CampaignView, Run, Trial
from .tables import estimate_cell, table
from .values import MISSING

LIFE, CRITICAL = "cycles_to_failure", "ccd_ma_cm2"
# Quantity -> column heading
QUANTITIES = {
    LIFE: "life / cycles",
    CRITICAL: "critical current / mA/cm²",
    "coulombic_efficiency": "coulombic efficiency",
    "capacity_fade_per_cycle": "fade a cycle",
}
TEXT = """<p>Cycles to a short, to 1 V, or to 80 % of a full cell's capacity; ≥ marks a cell that lived on when its test
or its file ended. The critical current is the largest that passed: the true one lies between it and the next
step. Records that came after the run are named.</p>"""


def section(view: CampaignView) -> str:
    """The section's HTML; "" when no cell was cycled."""
    cycled = [trial for trial in view.trials if any(trial.quantity(name) for name in QUANTITIES)]
    if not cycled:
        return ""
    lives = [(trial.number, one) for trial in cycled if (one := trial.quantity(LIFE))]
    drawn = by_trial(lives, "life / cycles", log=True, simulated=view.simulated) if lives else None
    figure = html_of(drawn, "cycling") if drawn is not None else ""
    shown = [name for name in QUANTITIES if any(trial.quantity(name) for trial in cycled)]
    heads = ["trial", *(QUANTITIES[name] for name in shown), "ended", "record"]
    rows = [_cells(trial, shown) for trial in cycled]
    return f"<section><h2>Cycling</h2>\n{TEXT}\n{figure}{table(heads, rows, 'tall')}</section>"


def _cells(trial: Trial, shown: list[str]) -> list[str]:
    run = trial.complete_runs[-1]
    notes = "; ".join(run.quality.get(LIFE, {}).get("notes", ()))
    values = [estimate_cell(trial.quantity(name)) for name in shown]
    return [f"{trial.number}", *values, escape(notes) or MISSING, _record(run)]


def _record(run: Run) -> str:
    """Where a run's cycling comes from: the bench, or files that came later."""
    late = sorted({str(run.quality[name]["late_file"]) for name in QUANTITIES
                   if run.quality.get(name, {}).get("late_file")})  # fmt: skip
    return ", ".join(map(escape, late)) or "bench"
