"""Forecasts of citations on generated graphs, beside the plain guess, with and without the graph.

python -m tests.benchmarks.impact --graphs 40    writes docs/benchmark/impact.json
"""

import argparse
import json
from pathlib import Path

import numpy as np
from adatom.cloud.evaluate.impact.convolution import PUBLISHED, accuracy, wilson
from adatom.cloud.evaluate.impact.forecast import forecast
from adatom.cloud.evaluate.impact.graph import read_topics

from tests.cloud.evaluate.impact.generated import generated

YEARS = (2014, 2017, 2020)
FILE = Path("docs/benchmark/impact.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graphs", type=int, default=40)
    parser.add_argument("--file", type=Path, default=FILE)
    asked = parser.parse_args()
    rows = {hops: np.concatenate([_misses(seed, hops) for seed in range(asked.graphs)]) for hops in (0, 1, 2)}
    topics = {name: accuracy(read_topics(name))._asdict() | PUBLISHED[name] for name in PUBLISHED}
    summary = {str(hops): _summary(row) for hops, row in rows.items()}
    found = {"graphs": asked.graphs, "horizon_years": 3, "forecast": summary, "topics": topics}
    asked.file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


def _misses(seed, hops):
    """(families x years, 4): graph, |ln miss| of the forecast and of the plain guess, whether the interval held."""
    graph, found = generated(seed), []
    for year in YEARS:
        came = np.log1p(graph.member.T @ graph.received(year + 1, year + 3))
        for one, truth in zip(forecast(graph, year, hops=hops).families, came, strict=True):
            held = np.log1p(one.low) <= truth <= np.log1p(one.high)
            found.append((seed, abs(truth - np.log1p(one.expected)), abs(truth - np.log1p(one.recent)), held))
    return np.array(found)


def _summary(rows):
    rng = np.random.default_rng(0)
    graphs = np.unique(rows[:, 0])
    of = [rows[rows[:, 0] == graph] for graph in graphs]
    ratio = [_ratio(np.concatenate([of[k] for k in rng.integers(0, len(of), len(of))])) for _ in range(400)]
    share = float(rows[:, 3].mean())
    return {"n": len(rows), "miss_ln": float(rows[:, 1].mean()), "plain_miss_ln": float(rows[:, 2].mean()),
            "ratio": _ratio(rows), "ratio_95": np.quantile(ratio, [0.025, 0.975]).tolist(),
            "held": share, "held_95": list(wilson(share, len(rows)))}  # fmt: skip


def _ratio(rows):
    return float(rows[:, 1].mean() / rows[:, 2].mean())


if __name__ == "__main__":
    main()
