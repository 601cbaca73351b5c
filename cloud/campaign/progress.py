"""What a person sees while a campaign runs: one table that keeps itself up to date."""

import math
import time
from dataclasses import dataclass, field

from adatom.cloud.campaign.fleet import BenchView
from adatom.cloud.campaign.runner import Campaign, Finished
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

Z_95 = 1.96
LAST_SHOWN = 12


@dataclass
class Progress:
    """Counts finished trials and renders the campaign's state; `now_s` is any monotonic clock."""

    campaign: Campaign
    simulated: bool
    started_s: float = field(default_factory=time.monotonic)
    finished: list[Finished] = field(default_factory=list)
    already: int = 0  # trials that were finished before this process

    def begin(self, earlier: list[Finished]) -> None:
        """What had ended before this process: shown and counted, but no measure of the pace."""
        self.finished = [*earlier]
        self.already = len(earlier)

    def add(self, one: Finished) -> None:
        """A trial ended."""
        self.finished.append(one)

    def seconds_left(self, now_s: float) -> float | None:
        """Time left by the pace so far, None before the first trial is done."""
        done = self._done()
        fresh = done - self.already
        return (now_s - self.started_s) / fresh * (self.campaign.budget - done) if fresh else None

    def _done(self) -> int:
        return sum(one.outcome != "aborted" for one in self.finished)

    def __rich__(self) -> RenderableType:
        return Group(self._heading(), self._trials(), self._benches())

    def _heading(self) -> RenderableType:
        done = self._done()
        left = self.seconds_left(time.monotonic())
        best = min((f.r_interface_ohm_cm2 for f in self.finished if f.r_interface_ohm_cm2), default=None)
        row = Table.grid(padding=(0, 2))
        row.add_row(
            Text(f"trial {min(done + 1, self.campaign.budget)} of {self.campaign.budget}", style="bold"),
            ProgressBar(total=self.campaign.budget, completed=done, width=16),
            Text(f"best R {best:.3g} Ω cm²" if best else "best R –"),
            Text(f"{_duration(left)} left" if left is not None else "–"),
            Text("SIMULATED", style="bold yellow") if self.simulated else Text(""),
        )
        return row

    def _trials(self) -> RenderableType:
        table = Table(box=None, header_style="dim", pad_edge=False)
        for name, side in (("trial", "right"), ("state", "left"), ("R / Ω cm²", "right"),
                           ("95 % interval", "left"), ("best", "right")):  # fmt: skip
            table.add_column(name, justify="right" if side == "right" else "left", no_wrap=True)
        best = math.inf
        rows = []
        for one in self.finished:
            best = min(best, one.r_interface_ohm_cm2 or math.inf)
            rows.append(
                (str(one.number), _outcome(one), _value(one), _interval(one), f"{best:.3g}" if best < math.inf else "–")
            )
        for row in rows[-LAST_SHOWN:]:
            table.add_row(*row)
        for bench, trial in self.campaign.running.items():
            state = self.campaign.fleet.benches.get(bench, BenchView(bench)).state
            table.add_row(str(trial.number), Text(f"{state or 'waiting'} …", style="cyan"), "", "", "")
        return table

    def _benches(self) -> RenderableType:
        now_s = time.monotonic()
        lines = []
        for view in self.campaign.fleet.benches.values():
            if not view.alive(now_s):
                lines.append(Text(f"{view.name}: silent for {now_s - view.heard_s:.0f} s", style="bold red"))
            elif view.state == "fault":
                lines.append(Text(f"{view.name}: in fault, needs a person", style="bold red"))
        return Group(*lines)


def _outcome(one: Finished) -> Text:
    if one.outcome == "complete":
        return Text("complete", style="green")
    return Text(f"{one.outcome}: {one.reason}"[:60], style="red" if one.outcome == "failed" else "yellow")


def _value(one: Finished) -> str:
    return f"{one.r_interface_ohm_cm2:.3g}" if one.r_interface_ohm_cm2 else ""


def _interval(one: Finished) -> str:
    if not one.r_interface_ohm_cm2 or one.sd_ln is None:
        return ""
    low, high = (one.r_interface_ohm_cm2 * math.exp(sign * Z_95 * one.sd_ln) for sign in (-1, 1))
    return f"{low:.3g} to {high:.3g}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
