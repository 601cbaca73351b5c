"""Citation graphs that are generated: families that grow and cool, hidden subjects, fitness, ageing, preference.

No dated citation data with a free licence is at hand, so the time model is tried on these. They follow what is known
of real ones: citations go to the well cited (Price 1976), age as a lognormal, and each work has a fitness of its own
(Wang, Song, Barabasi, Science 342, 127 (2013)). Every number is a knob.
"""

import gzip
import json
from functools import cache
from pathlib import Path

import numpy as np
from adatom.cloud.evaluate.impact.graph import Citations

SUBJECTS_PER_FAMILY = 3
DELAY_YEARS = 3


@cache
def generated(seed: int, families: int = 8, years: int = 24, first: int = 2000, scale: float = 1.0) -> Citations:
    """A graph of some thousand works of the years first to first + years - 1."""
    rng = np.random.default_rng(seed)
    subjects = families * SUBJECTS_PER_FAMILY
    near = _neighbours(rng, subjects)
    heat = _heat(rng, near, years)
    year, subject = _arrivals(rng, heat, scale)
    fitness = rng.lognormal(0.0, 0.8, len(year))
    citing, cited = _citations(rng, year, subject, fitness, heat, near)
    member = np.eye(families)[subject // SUBJECTS_PER_FAMILY]
    names = tuple(f"family {chr(65 + k)}" for k in range(families))
    return Citations(tuple(f"W{k}" for k in range(len(year))), year + first, names, member, citing, cited)


def _neighbours(rng, subjects):
    """Each subject hears of two others, of whatever family."""
    near = np.zeros((subjects, subjects))
    for of in range(subjects):
        near[of, rng.choice(np.delete(np.arange(subjects), of), 2, replace=False)] = 1.0
    return near


def _heat(rng, near, years):
    """(years, subjects) ln of how sought a subject is: half of it follows, years later, the subjects it hears of."""
    heat = list(rng.normal(0.0, 0.5, (DELAY_YEARS, len(near))))
    for _ in range(years - DELAY_YEARS):
        heard = near @ heat[-DELAY_YEARS] / near.sum(axis=1)
        heat.append(0.5 * heat[-1] + 0.5 * heard + rng.normal(0.0, 0.4, len(near)))
    return np.array(heat)


def _arrivals(rng, heat, scale):
    base = scale * rng.lognormal(1.0, 0.5, heat.shape[1])
    counts = rng.poisson(base[None, :] * np.exp(heat) * 1.04 ** np.arange(len(heat))[:, None])
    counts = np.minimum(counts, 60)
    year, subject = np.nonzero(counts >= 0)
    return np.repeat(year, counts.ravel()), np.repeat(subject, counts.ravel())


def _citations(rng, year, subject, fitness, heat, near):
    got = np.zeros(len(year))
    citing, cited = [], []
    family = subject // SUBJECTS_PER_FAMILY
    for now in range(1, len(heat)):
        old = np.flatnonzero(year < now)
        age = now - year[old]
        ageing = np.exp(-0.5 * ((np.log(age) - 1.0) / 0.9) ** 2)
        draw = fitness[old] * (got[old] + 1.0) ** 0.8 * ageing * np.exp(0.7 * heat[now, subject[old]])
        for work in np.flatnonzero(year == now):
            same = np.where(subject[old] == subject[work], 30.0, np.where(family[old] == family[work], 8.0, 1.0))
            chance = draw * np.maximum(same, 20.0 * near[subject[work], subject[old]])
            wanted = min(int(rng.poisson(10)), len(old), int(np.count_nonzero(chance)))
            chosen = rng.choice(old, wanted, replace=False, p=chance / chance.sum())
            citing.append(np.full(len(chosen), work))
            cited.append(chosen)
        np.add.at(got, np.concatenate(cited[-max(1, int((year == now).sum())) :]), 1.0)
    return np.concatenate(citing), np.concatenate(cited)


def write_works(path: Path, graph: Citations) -> None:
    """The graph in OpenAlex's form, JSON lines packed; ids and titles say that it was generated."""
    refers: list[list[str]] = [[] for _ in graph.ids]
    for citing, cited in zip(graph.citing, graph.cited, strict=True):
        refers[citing].append(graph.ids[cited])
    with gzip.GzipFile(path, "wb", mtime=0) as stream:
        for key, year, member, listed in zip(graph.ids, graph.year, graph.member, refers, strict=True):
            title = f"SIMULATED work on {graph.families[int(member.argmax())]}"
            record = {"id": key, "publication_year": int(year), "title": title, "referenced_works": listed}
            stream.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")


if __name__ == "__main__":  # the example that adatom evaluate impact shows
    folder = Path("cloud/evaluate/impact/examples")
    made = generated(3, families=6, years=16, first=2008, scale=0.5)
    write_works(folder / "works.jsonl.gz", made)
    words = {name: [name.lower()] for name in made.families}
    (folder / "families.json").write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
