"""What holds for every space: the everyday test and the soak run it on many random ones."""

import json

import numpy as np
from adatom.cloud.optimize import Space

Rng = np.random.Generator


def check_space(space: Space, rng: Rng, count: int = 3) -> None:
    """Whatever comes out of a space is feasible and canonical, and the way there and back loses nothing."""
    wild = space.repair(rng.uniform(-0.5, 1.5, (count, space.dimension)))
    near = space.repair(wild + 0.05 * rng.standard_normal(wild.shape))
    drawn = space.random(count, rng)
    even = space.sobol(count, 7)
    vectors = np.vstack([wild, near, drawn, even])
    shared = space.with_shared(vectors, drawn[0])
    assert (shared[:, space.shared] == drawn[0, space.shared]).all()
    check_vectors(space, np.vstack([vectors, shared]))
    assert (space.with_shared(shared, drawn[0]) == shared).all()
    assert (space.sobol(count + 2, 7)[:count] == even).all()


def check_vectors(space: Space, vectors: np.ndarray) -> None:
    points = space.points(vectors)
    assert (space.repair(vectors) == vectors).all()
    assert (space.vectors(points) == vectors).all()
    assert json.loads(json.dumps(points)) == points
    for vector, point in zip(vectors, points, strict=True):
        assert space.violations(point) == []
        assert space.plain(point) == point
        assert space.plain({name: _spelt(value) for name, value in point.items()}) == point
        assert space.covers(point)
        assert space.points(space.vectors([point])) == [point], vector
    keys = [space.key(point) for point in points]
    for at, vector in enumerate(vectors):
        assert (keys[at] == keys[0]) == bool((vector == vectors[0]).all())
    features = space.features(vectors)
    assert features.shape == (len(vectors), len(space.feature_groups))
    assert np.isfinite(features).all()
    assert features.min(initial=0.0) >= -1e-6
    assert features.max(initial=0.0) <= 1.0 + 1e-6


def _spelt(value: object) -> str:
    """As a table of texts has it."""
    return f" {value!r} " if not isinstance(value, str) else value
