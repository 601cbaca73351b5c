"""Writes the figures of docs/explanation/optimizer-benchmarks.md (between its marks) and its plot from the records.

python -m tests.benchmarks.optimizer.report [--folder RECORDS] [--page PAGE] [--plot SVG]
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from adatom.sim.benchmark import geometric

from . import ask_time, chart, twin
from .peers import METHODS
from .problems import FAMILIES, scale_of
from .run import FOLDER, records
from .scores import RULES, Interval, by_pair, curve, difference, interval, regret, score
from .search import Record
from .space import Array

DOCS = FOLDER.parents[1]
PAGE = DOCS / "explanation" / "optimizer-benchmarks.md"
PLOT = DOCS / "images" / "optimizer-benchmarks.svg"
BEGIN, END = "<!-- figures: written by tests/benchmarks/optimizer/report.py -->", "<!-- end of the figures -->"
OURS = "adatom"
BASE = "random"
SAMPLED = (BASE, "sobol")
RULE_NAMES = {
    "own": "judged by each method's own recommendation",
    "observed": "judged by the best observed mean, the same rule for all",
}
HOW = """adatom, and adatom minus the other (above 0: adatom is better): mean [95 % interval] (pairs of problem, seed).
Best peer: of those with at least half the pairs of the most run."""
Value = Callable[[Record], float]


def by_family(found: Sequence[Record], value: Value) -> dict[str, dict[str, dict[tuple[str, int], float]]]:
    """{family: {method: {(problem, seed): value}}} in the order of the families; a last one has all."""
    tables = {}
    for family in FAMILIES:
        of = [record for record in found if record["family"] == family]
        if of:
            tables[family] = by_pair([(record, value(record)) for record in of])
    if len(tables) > 1:
        known = [record for record in found if record["family"] in FAMILIES]
        tables["all"] = by_pair([(record, value(record)) for record in known])
    return tables


def text(value: Interval | None, *, sign: bool = True) -> str:
    """`+0.012 [-0.003, +0.027] (30)` with the number of pairs; of single seeds no interval, it has no width."""
    if value is None:
        return ""
    form = "+.3f" if sign else ".3f"
    if value.low == value.high:
        return f"{value.mean:{form}} ({value.pairs})"
    return f"{value.mean:{form}} [{value.low:{form}}, {value.high:{form}}] ({value.pairs})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def differences(found: Sequence[Record], rule: str) -> str:
    """adatom minus every other method, a row a family: first the best peer, then all."""
    tables = by_family(found, lambda record: score(record, scale_of(record["problem"]), rule))
    others = [m for m in METHODS if m != OURS and any(m in methods for methods in tables.values())]
    rows = []
    for family, methods in tables.items():
        ours = methods.get(OURS, {})
        against = {m: difference(ours, methods.get(m, {})) for m in others}
        hardest = _hardest({m: found for m, found in against.items() if found and m not in SAMPLED})
        best = f"{METHODS[hardest].label} {text(against[hardest])}" if hardest else ""
        rows.append(
            [family, text(interval(ours), sign=False) if ours else "", best, *(text(against[m]) for m in others)]
        )
    return table(["family", OURS, "best peer", *(METHODS[m].label for m in others)], rows)


def _hardest(against: Mapping[str, Interval]) -> str:
    """The peer that comes nearest or leads, of those with at least half the pairs of the most run; "" for none."""
    enough = max((found.pairs for found in against.values()), default=0) / 2
    run = [method for method, found in against.items() if found.pairs >= enough]
    return min(run, key=lambda method: against[method].mean, default="")


def each_problem(found: Sequence[Record]) -> str:
    """adatom minus every other method by its own recommendation, a row a problem: mean (pairs)."""
    scored = by_pair([(r, score(r, scale_of(r["problem"]))) for r in found if r["family"] in FAMILIES])
    others = [method for method in METHODS if method != OURS and method in scored]
    rows = []
    for name in dict.fromkeys(problem for problem, _ in scored.get(OURS, {})):
        ours = {pair: value for pair, value in scored[OURS].items() if pair[0] == name}
        against = [difference(ours, scored[method]) for method in others]
        cells = ["" if c is None else f"{c.mean:+.2f} ({c.pairs})" for c in against]
        rows.append([name, f"{interval(ours).mean:.2f} ({len(ours)})", *cells])
    return table(["problem", OURS, *(METHODS[method].label for method in others)], rows)


def means(found: Sequence[Record], value: Value) -> str:
    """The mean of every method, a row a family, over what each has run."""
    tables = by_family(found, value)
    methods = [m for m in METHODS if any(m in by for by in tables.values())]
    rows = []
    for family, by in tables.items():
        cells = [interval(by[m]) if m in by else None for m in methods]
        rows.append([family, *("" if c is None else f"{c.mean:.3f} ({c.pairs})" for c in cells)])
    return table(["family", *(METHODS[m].label for m in methods)], rows)


def seconds(found: Sequence[Record]) -> str:
    """Median and largest seconds of an ask with all that it needs (fit and recommendation), of one processor."""
    rows = []
    for method in METHODS:
        took = [s for r in found if r["method"] == method and r["family"] in FAMILIES for s in r["cpu_s"]]
        if took:
            rows.append([METHODS[method].label, f"{np.median(took):.2f}", f"{max(took):.1f}", str(len(took))])
    return table(["method", "median s", "largest s", "asks"], rows)


def growth(folder: Path) -> str:
    """Processor seconds of ask(1) and megabytes held after n observations in six dimensions; "" before it was run."""
    path = folder / ask_time.FILE.name
    if not path.exists():
        return ""
    measured = json.loads(path.read_text(encoding="utf-8"))
    cells = {(row["method"], row["n"]): row for row in measured["rows"]}
    sizes = sorted({n for _, n in cells})
    rows = []
    for method in METHODS:
        of = [cells.get((method, n)) for n in sizes]
        if any(of):
            shown = ["" if c is None else "too long" if c["ask_s"] is None else f"{c['ask_s']:.2f}" for c in of]
            held = [str(c["rss_mb"]) for c in of if c is not None and c["rss_mb"] is not None]
            rows.append([METHODS[method].label, *shown, held[-1] if held else ""])
    head = ["method", *(f"n = {n}" for n in sizes), "MB at the largest n"]
    return table(head, rows) + f"\n\nImporting adatom.cloud.optimize takes {measured['import_s']} s."


def worlds(found: Sequence[Record]) -> str:
    """The twin: geometric means of the incumbents' true resistance after so many trials."""
    of = [record for record in found if record["family"] == twin.FAMILY]
    rows = []
    for name in twin.VARIANTS:
        for method in twin.STRATEGIES:
            group = [r for r in of if r["problem"] == name and r["method"] == method]
            if group:
                cells = [geometric([r["incumbents"][mark] for r in group]) for mark in group[0]["incumbents"]]
                rows.append([name, method, str(len(group)), *(f"{m:.3g} [{lo:.3g}, {hi:.3g}]" for m, lo, hi in cells)])
    marks = list(of[0]["incumbents"]) if of else []
    return table(["world", "method", "seeds", *(f"ohm cm2 after {mark}" for mark in marks)], rows)


def curves(found: Sequence[Record]) -> dict[str, dict[str, tuple[Array, Array]]]:
    """{family: {method: (evaluations, mean worth above random's)}}: paired with random by problem and seed.

    The difference, because the methods have run different numbers of seeds: means of their worths would not compare.
    """
    bases = {(r["problem"], r["seed"]): r for r in found if r["method"] == BASE}
    panels: dict[str, dict[str, tuple[Array, Array]]] = {}
    for family in FAMILIES:
        for method in METHODS:
            group = [r for r in found if r["family"] == family and r["method"] == method]
            pairs = [(r, bases[r["problem"], r["seed"]]) for r in group if (r["problem"], r["seed"]) in bases]
            if pairs:
                panels.setdefault(family, {})[method] = _mean_gain(pairs)
    return panels


def _mean_gain(pairs: Sequence[tuple[Record, Record]]) -> tuple[Array, Array]:
    """From the largest number of starts to the smallest of evaluations; mean over problems of means over seeds."""
    first = max(left["starts"] for left, _ in pairs)
    last = min(record["evaluations"] for pair in pairs for record in pair)
    gains: dict[str, list[Array]] = {}
    for left, right in pairs:
        ours, theirs = (curve(r, scale_of(r["problem"]))[first - r["starts"] :] for r in (left, right))
        length = last - first + 1
        gains.setdefault(left["problem"], []).append(ours[:length] - theirs[:length])
    return np.arange(first, last + 1.0), np.mean([np.mean(of, axis=0) for of in gains.values()], axis=0)


def figures(found: Sequence[Record], folder: Path = FOLDER) -> str:
    """All tables, in markdown."""
    parts = []
    for rule in RULES:
        parts += [f"### Score, {RULE_NAMES[rule]}", HOW, differences(found, rule)]
    parts += [f"### Each problem, {RULE_NAMES['own']}", each_problem(found)]
    parts += ["### Mean score of each method", means(found, lambda r: score(r, scale_of(r["problem"])))]
    parts += ["### Simple regret at the end", means(found, lambda r: regret(r, scale_of(r["problem"])))]
    parts += ["### Processor seconds of an ask", seconds(found)]
    if grown := growth(folder):
        parts += ["### Processor seconds of ask(1) as observations grow", grown]
    if any(record["family"] == twin.FAMILY for record in found):
        parts += ["### The twin's worlds", worlds(found)]
    return "\n\n".join(parts)


def written(page: str, found: str) -> str:
    """The page with new figures between its marks. Raises ValueError for a page without them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{found}\n\n{END}{after}"


def names(found: Mapping[str, Mapping[str, object]]) -> list[str]:
    return [method for method in METHODS if any(method in panel for panel in found.values())]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--plot", type=Path, default=PLOT)
    options = parser.parse_args()
    found = records(options.folder)
    if not found:
        print(f"{options.folder}: no records; run tests.benchmarks.optimizer.run first", file=sys.stderr)
        return 1
    page = written(options.page.read_text(encoding="utf-8"), figures(found, options.folder))
    options.page.write_text(page, encoding="utf-8")
    panels = curves(found)
    labels = {method: METHODS[method].label for method in names(panels)}
    options.plot.write_text(chart.drawn(panels, labels), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
