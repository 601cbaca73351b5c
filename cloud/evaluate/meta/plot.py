"""Reliability of what was said, and the weights over their versions, as one picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adatom.cloud.evaluate.meta.reliability import Reliability
from adatom.cloud.store.judgement import CRITERIA

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#4c72b0", "#dd8452", "#55a868", "#c44e52", "#8172b3")


def write_plot(path: Path, said: Reliability, history: Sequence[Mapping[str, Any]]) -> None:
    """Write it as .png or .svg."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _reliability(left, said)
    _weights(right, [row for row in history if row["formula"] == 2])
    figure.savefig(path, dpi=150)


def _reliability(axes: "Axes", said: Reliability) -> None:
    x = [one.said for one in said.bins]
    y = [one.share for one in said.bins]
    below = [one.share - one.low if one.share > one.low else 0.0 for one in said.bins]
    above = [one.high - one.share if one.high > one.share else 0.0 for one in said.bins]
    most = min(1.0, 1.1 * max([*x, *(one.high for one in said.bins)]))
    axes.plot([0, most], [0, most], color="grey", linestyle="--", linewidth=1, label="perfect")
    axes.errorbar(x, y, yerr=[below, above], fmt="o", color=COLOURS[0], capsize=3, label="trials, 90 % interval")
    axes.set(xlabel="chance that was said", ylabel="share that was good", xlim=(0, most), ylim=(0, most))
    axes.set_title(f"{said.trials} trials, calibration error {said.ece:.3f}", fontsize=10)
    axes.legend(loc="upper left")


def _weights(axes: "Axes", rows: Sequence[Mapping[str, Any]]) -> None:
    versions = [row["version"] for row in rows]
    for name, colour in zip(CRITERIA, COLOURS, strict=True):
        axes.step(versions, [row[name] for row in rows], where="post", color=colour, label=name)
        axes.plot(versions, [row[name] for row in rows], ".", color=colour)
    axes.set(xlabel="version of the weights", ylabel="weight", ylim=(0, None))
    axes.legend(fontsize=8, ncols=2)
