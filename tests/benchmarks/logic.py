"""How well the network of principles tells what belongs together from what does not, on chemical systems left out.

    python -m tests.benchmarks.logic            writes docs/benchmark/logic.json and docs/images/logic.png

A fifth of the chemical systems is left out, the tables are learnt from the rest. Of compounds that were left out, what
is told of each stands beside the same with statements of others in their place: all of them, one, or one from the
compound whose composition is nearest. Beside it: gradient boosting on composition and the other facts, deviations from
each quantity's own distribution, and the composition's rules alone. Eight minutes of processor; --db takes a
database that `adatom materials load --shipped` filled.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
from adatom.cloud.evaluate.logic.network.consistency import ONE_SHARE, WRONG_SHARE, consistency
from adatom.cloud.evaluate.logic.network.formula import charge_balances, values_of
from adatom.cloud.evaluate.logic.network.learn import counted, known_of, shuffled_counts
from adatom.cloud.evaluate.logic.network.model import Network
from adatom.cloud.evaluate.logic.network.structure import BY_NAME, OF_FORMULA, STATEMENTS
from adatom.cloud.evaluate.logic.network.tables import SHUFFLED, SMOOTHING, tables_of
from adatom.cloud.evaluate.meta.reliability import auc, expected_error, reliability
from adatom.cloud.knowledge.check import check_facts
from adatom.cloud.knowledge.data import shipped
from adatom.cloud.knowledge.features import features
from adatom.cloud.knowledge.load import load_file
from adatom.cloud.store.store import Store
from scipy import stats
from scipy.spatial import cKDTree
from sklearn.ensemble import HistGradientBoostingRegressor

FILE = Path("docs/benchmark/logic.json")
PICTURE = Path("docs/images/logic.png")
FACTS = [node.name for node in STATEMENTS if node.name != "charge_balance"]
NUMBERS = [name for name in FACTS if not BY_NAME[name].named]
KINDS = ("all", "one", "neighbour")
LEFT_OUT, COMPOUNDS, WITH_MODULI = 0.2, 1500, 0.5
LEAST_FACTS = 2
TREES, DRAWS = 100, 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--compounds", type=int, default=COMPOUNDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    asked = parser.parse_args()
    known = _known(asked.db)
    rng = np.random.default_rng(asked.seed)
    test = _left_out(known, rng)
    counts = counted(known, np.flatnonzero(~test)) | {
        SHUFFLED: shuffled_counts([known.compositions[k] for k in np.flatnonzero(~test)])
    }
    network = Network(tables_of(counts))
    chosen = _chosen(known, test, rng, asked.compounds)
    sets = {"real": [_facts(known, k) for k in chosen]} | {
        kind: _swapped(known, chosen, np.flatnonzero(test), kind, rng) for kind in KINDS
    }
    log = {kind: judged(network, known, chosen, of) for kind, of in sets.items()}
    beside = baselines(known, test, chosen, sets, asked.seed)
    summary = {
        "compounds_learnt_from": int((~test).sum()), "compounds_left_out": int(test.sum()), "judged": len(chosen),
        "facts_a_compound": float(np.mean([len(of) for of in sets["real"]])),
        "auc": _aucs({"network": log} | beside, len(chosen)),
        "found": {kind: _found(network, known, chosen, sets["real"], sets[kind]) for kind in KINDS[1:]},
        "by_facts": _by_facts(network, known, test, rng),
        "formula_alone": _formula_alone(network, known, chosen, rng),
        "calibration": _calibration(log, rng),
        "alarms": _alarms(log),
        "smoothing": _smoothing(counts, known, np.flatnonzero(test)),
        "tolerance": _tolerance(known),
        "edges": _edges(counts, known, np.flatnonzero(test)),
    }  # fmt: skip
    asked.file.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(summary, indent=1, ensure_ascii=False))
    _draw(asked.picture, summary)


# --- compounds and their facts --------------------------------------------------------------------------------------


def _known(db):
    if db is not None:
        with Store(db, read_only=True) as store:
            return known_of(store)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "known.duckdb") as store:
        for name in ("obelix", "liion", "aflow", "materials_project"):
            load_file(store, shipped(name))
        check_facts(store)
        return known_of(store)


def _left_out(known, rng):
    systems = np.unique(["-".join(sorted(one)) for one in known.compositions], return_inverse=True)[1]
    return (rng.random(systems.max() + 1) < LEFT_OUT)[systems]


def _chosen(known, test, rng, number):
    """Compounds with facts enough, half of them with moduli, which most have not."""
    told = np.sum([known.states[name] >= 0 for name in FACTS], axis=0)
    moduli = known.states["bulk_modulus"] >= 0
    parts = []
    for of, share in ((moduli, WITH_MODULI), (~moduli, 1 - WITH_MODULI)):
        rows = np.flatnonzero(test & of & (told >= LEAST_FACTS))
        parts.append(rng.choice(rows, min(len(rows), round(share * number)), replace=False))
    return np.concatenate(parts)


def _facts(known, k):
    return {name: known.values[k][name] for name in FACTS if name in known.values[k]}


def _swapped(known, chosen, pool, kind, rng):
    """Facts of the chosen with those of others in place: all, one of anybody, one of the nearest composition."""
    having = {name: pool[known.states[name][pool] >= 0] for name in FACTS}
    nearest = {name: _nearest(known, rows, chosen) for name, rows in having.items()} if kind == "neighbour" else {}
    made = []
    for place, k in enumerate(chosen):
        facts = _facts(known, k)
        names = list(facts) if kind == "all" else [list(facts)[rng.integers(len(facts))]]
        for name in names:
            other = nearest[name][place] if kind == "neighbour" else having[name][rng.integers(len(having[name]))]
            facts[name] = known.values[other][name]
        made.append(facts)
    return made


def _nearest(known, rows, chosen):
    """Of each chosen compound the one of `rows`, not itself, whose shares of elements are nearest."""
    tree = cKDTree(_shares(known, rows))
    _, found = tree.query(_shares(known, chosen), k=2)
    first, second = rows[found[:, 0]], rows[np.minimum(found[:, 1], len(rows) - 1)]
    return np.where(first == chosen, second, first)


def _shares(known, rows):
    symbols = sorted({element for one in known.compositions for element in one})
    column = {symbol: place for place, symbol in enumerate(symbols)}
    found = np.zeros((len(rows), len(symbols)))
    for place, k in enumerate(rows):
        for element, share in known.compositions[k].items():
            found[place, column[element]] = share
    return found


# --- the network ----------------------------------------------------------------------------------------------------


def _consistency(network, known, k, facts, wrong_share=WRONG_SHARE):
    formula = {node.name: known.values[k][node.name] for node in OF_FORMULA}
    balance = {"charge_balance": known.values[k]["charge_balance"]}
    return consistency(network, formula, balance | dict(facts), wrong_share)


def judged(network, known, chosen, sets):
    return np.array([_consistency(network, known, k, facts).nats for k, facts in zip(chosen, sets, strict=True)])


def _found(network, known, chosen, real, wrong):
    """Where one fact is of another state than before: how often it is the most surprising one; by chance beside it."""
    hits, chance = [], []
    for k, right, facts in zip(chosen, real, wrong, strict=True):
        moved = [name for name in facts if BY_NAME[name].state(facts[name]) != BY_NAME[name].state(right[name])]
        if moved and len(facts) > 2:
            hits.append(_consistency(network, known, k, facts).judged[0].name == moved[0])
            chance.append(1 / (len(facts) + 1))
    return {"n": len(hits), "first": float(np.mean(hits)), "by_chance": float(np.mean(chance))}


def _by_facts(network, known, test, rng, numbers=(1, 2, 3, 4, 6, 8), compounds=300):
    """AUC where so many facts are told, of compounds of which eight are: real ones, all and one of others'."""
    told = np.sum([known.states[name] >= 0 for name in FACTS], axis=0)
    rows = rng.permutation(np.flatnonzero(test & (told >= max(numbers))))[:compounds]
    pool, table = np.flatnonzero(test), {}
    whole = {kind: _swapped(known, rows, pool, "all", rng) for kind in ("all", "one")}
    for n in numbers:
        scores = {"real": [], "all": [], "one": []}
        for place, k in enumerate(rows):
            right = _facts(known, k)
            names = rng.permutation(list(right))[:n].tolist()
            facts = {name: right[name] for name in names}
            scores["real"].append(_consistency(network, known, k, facts).nats)
            every = {name: whole["all"][place][name] for name in names}
            scores["all"].append(_consistency(network, known, k, every).nats)
            one = facts | {names[0]: whole["one"][place][names[0]]}
            scores["one"].append(_consistency(network, known, k, one).nats)
        table[n] = {kind: _auc(scores["real"], scores[kind]) for kind in ("all", "one")}
    return {"compounds": len(rows), "auc": table}


def _formula_alone(network, known, chosen, rng):
    """AUC of formulas without facts beside those with the amounts of another compound of as many elements."""
    real, wrong = [], []
    by_number = {}
    for k in chosen:
        by_number.setdefault(len(known.compositions[k]), []).append(k)
    for k in chosen:
        other = by_number[len(known.compositions[k])]
        amounts = rng.permutation(list(known.compositions[other[rng.integers(len(other))]].values()))
        made = dict(zip(known.compositions[k], amounts.tolist(), strict=True))
        real.append(_consistency(network, known, k, {}).nats)
        made = dict(sorted(made.items()))
        wrong.append(consistency(network, values_of([made])[0], {"charge_balance": charge_balances([made])[0]}).nats)
    return _auc(real, wrong)


# --- beside it ------------------------------------------------------------------------------------------------------


def baselines(known, test, chosen, sets, seed):
    """{name: {kind: evidence for belonging together}} of the regression, of single quantities, of the formula alone."""
    scores = {name: _normal_scores(known, name, ~test) for name in NUMBERS}
    table = {kind: _table(of, scores) for kind, of in sets.items()}
    single = {kind: -np.nansum(of**2, axis=1) for kind, of in table.items()}
    composition = _composition_features([known.compositions[k] for k in chosen])
    return {"regression": _regression(known, test, scores, composition, table, seed), "single quantities": single,
            "formula alone": {kind: np.zeros(len(of)) for kind, of in table.items()}}  # fmt: skip


def _composition_features(compositions):
    return np.nan_to_num(features(compositions))


def _normal_scores(known, name, rows):
    """A function: values to standard normal scores by the quantity's distribution among `rows`."""
    values = np.sort([known.values[k][name] for k in np.flatnonzero(rows & (known.states[name] >= 0))])

    def score(value):
        rank = 0.5 * (np.searchsorted(values, value) + np.searchsorted(values, value, "right"))
        return stats.norm.ppf((rank + 0.5) / (len(values) + 1.0))

    return score


def _table(sets, scores):
    found = np.full((len(sets), len(NUMBERS)), np.nan)
    for row, facts in enumerate(sets):
        for column, name in enumerate(NUMBERS):
            if name in facts:
                found[row, column] = scores[name](facts[name])
    return found


def _regression(known, test, scores, composition, table, seed, most=20_000):
    """The network's two hypotheses with densities of gradient boosting on composition and all other facts."""
    rng = np.random.default_rng(seed)
    gains = {kind: np.full(of.shape, np.nan) for kind, of in table.items()}
    for column, name in enumerate(NUMBERS):
        rows = rng.permutation(np.flatnonzero(~test & (known.states[name] >= 0)))[:most]
        if len(rows) < 300:
            continue
        y = _table([_facts(known, k) for k in rows], scores)
        x = np.column_stack([_composition_features([known.compositions[k] for k in rows]), np.delete(y, column, 1)])
        half = len(rows) // 4  # tells how far the regression misses
        model = HistGradientBoostingRegressor(max_iter=TREES, random_state=seed).fit(x[half:], y[half:, column])
        freedom, middle, scale = stats.t.fit(y[:half, column] - model.predict(x[:half]))
        for kind, of in table.items():
            expected = model.predict(np.column_stack([composition, np.delete(of, column, 1)]))
            miss = stats.t.logpdf(of[:, column] - expected, freedom, middle, scale)
            gains[kind][:, column] = miss - stats.norm.logpdf(of[:, column])
    return {kind: np.array([_evidence(row[np.isfinite(row)]) for row in of]) for kind, of in gains.items()}


def _evidence(gains):
    if not len(gains):
        return 0.0
    one = np.logaddexp.reduce(-gains) - np.log(len(gains))
    return -float(np.logaddexp(np.log(ONE_SHARE) + one, np.log(1 - ONE_SHARE) - gains.sum()))


# --- figures --------------------------------------------------------------------------------------------------------


def _auc(real, wrong):
    said = np.concatenate([real, wrong])
    return auc(said, np.r_[np.ones(len(real)), np.zeros(len(wrong))])


def _aucs(by_method, n):
    """{method: {kind: (AUC, 95 % by a bootstrap of compounds)}}."""
    draws = np.random.default_rng(0).integers(n, size=(DRAWS, n))
    found = {}
    for method, log in by_method.items():
        found[method] = {}
        for kind in KINDS:
            again = [_auc(log["real"][rows], log[kind][rows]) for rows in draws]
            found[method][kind] = [_auc(log["real"], log[kind]), *np.quantile(again, [0.025, 0.975]).tolist()]
    return found


def _calibration(log, rng):
    """Of P at a wrong share of one half, on as many wrong sets as real ones, made as the hypotheses say; and else."""
    n = len(log["real"])
    mixed = np.where(rng.random(n) < ONE_SHARE, log["one"], log["all"])
    found = {}
    for name, wrong in (("as supposed", mixed), *((kind, log[kind]) for kind in KINDS)):
        nats = np.concatenate([log["real"], wrong])
        said, good = 1 / (1 + np.exp(-nats)), np.r_[np.ones(n), np.zeros(n)]
        told = reliability(said, good)
        found[name] = {"ece": expected_error(said, good), "ece_perfect_95": told.ece_perfect[1],
                       "bins": [one._asdict() for one in told.bins]}  # fmt: skip
    return found


def _alarms(log):
    """Share of sets whose P is below one half at the usual share of wrong records."""
    threshold = np.log(WRONG_SHARE / (1 - WRONG_SHARE))
    return {kind: float(np.mean(nats < threshold)) for kind, nats in log.items()}


def _smoothing(counts, known, rows, tried=(1.0, 5.0, 20.0)):
    """Mean ln P of a statement given its parents, over those left out, by SMOOTHING."""
    found = {f"{smoothing:g}": _mean_log(tables_of(counts, smoothing).given, known, rows) for smoothing in tried}
    return {"used": SMOOTHING, "mean_nats": {size: float(np.mean(list(of.values()))) for size, of in found.items()}}


def _mean_log(tables, known, rows):
    means = {}
    for node in STATEMENTS:
        states = np.stack([known.states[name][rows] for name in (node.name, *node.parents)])
        states = states[:, (states >= 0).all(axis=0)]
        means[node.name] = float(np.log(tables[node.name][tuple(states)]).mean()) if states.shape[1] else 0.0
    return means


def _edges(counts, known, rows):
    """Of each statement: nats that its parents tell of it, on compounds left out; its entropy and its number."""
    tables, found = tables_of(counts), {}
    told = _mean_log(tables.given, known, rows)
    for node in STATEMENTS[1:]:
        states = known.states[node.name][rows]
        own = np.log(tables.alone[node.name])[states[states >= 0]]
        found[node.name] = {"parents": list(node.parents), "learnt_from": int(counts[node.name].sum()),
                            "gain_nats": told[node.name] - own.mean(), "entropy_nats": -own.mean()}  # fmt: skip
    return found


def _tolerance(known):
    """Of ABX3 by tolerance factor: how many, and the share with a decomposition energy at or below 0."""
    node, energy = BY_NAME["tolerance"], np.array([v.get("decomposition_energy", np.nan) for v in known.values])
    of = {name: energy[(known.states["tolerance"] == state) & np.isfinite(energy)]
          for state, name in enumerate(node.states)}  # fmt: skip
    return {name: {"n": len(values), "stable": float(np.mean(values <= 0.0))} for name, values in of.items()}


def _draw(path, summary):
    from adatom.cloud.web.theme import BLUE, ORANGE
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.5, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    drawn = (("as supposed", "one or all of another", BLUE, "o"), ("neighbour", "one of the nearest", ORANGE, "s"))
    for name, label, color, marker in drawn:
        said, share, low, high = ([one[of] for one in summary["calibration"][name]["bins"]]
                                  for of in ("said", "share", "low", "high"))  # fmt: skip
        left.vlines(said, low, high, color=color, lw=1)
        left.plot(said, share, marker, ms=4, color=color, label=label)
    left.plot([0, 1], [0, 1], color="0.7", lw=1)
    left.set(xlabel="P(consistent) that was said", ylabel="share that was real")
    left.legend(frameon=False, fontsize=8)
    numbers = summary["by_facts"]["auc"]
    for kind, color in (("all", BLUE), ("one", ORANGE)):
        right.plot([int(n) for n in numbers], [of[kind] for of in numbers.values()], "o-", ms=4, color=color,
                   label={"all": "all of other compounds", "one": "one of another"}[kind])  # fmt: skip
    right.set(xlabel="facts told", ylabel="area under the curve", ylim=(0.5, 1.0))
    right.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    start = time.process_time()
    main()
    print(f"{time.process_time() - start:.0f} s of processor")
