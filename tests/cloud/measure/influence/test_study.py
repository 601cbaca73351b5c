"""Factors change alone as they can: a mixture stays one. Replicates, constants and mistakes are handled and told."""

import numpy as np
import pytest
from adatom.cloud.measure.influence.study import Study, constant_sums, study_of, together
from adatom.protocol.errors import InputError

RNG = np.random.default_rng(5)
COUNT = 30
PARTS = RNG.dirichlet([1.0, 1.0, 1.0], COUNT)


def made(**more: list[float] | list[str]) -> Study:
    columns: dict[str, list[float] | list[str]] = {
        "t_c": RNG.uniform(400.0, 700.0, COUNT).tolist(),
        "gas": RNG.choice(["o2", "vacuum"], COUNT).tolist(),
        **{name: PARTS[:, k].tolist() for k, name in enumerate("ABC")},
        **more,
    }
    values = np.exp(RNG.normal(size=COUNT)).tolist()
    return study_of(columns, "r", values, [0.0] * COUNT, [1.0] * COUNT, log=True, mixtures=["ABC"])


@pytest.mark.parametrize("taken", [[0], [2], [2, 3], [2, 3, 4], [1, 4], []])
def test_what_is_taken_comes_over_and_a_mixture_keeps_its_sum(taken: list[int]) -> None:
    study = made()
    donors = np.roll(study.values, 1, axis=0)
    flags = np.isin(np.arange(5), taken)
    mixed = study.blended(study.values, donors, flags)
    np.testing.assert_allclose(mixed[:, taken], donors[:, taken])
    np.testing.assert_allclose(mixed[:, 2:].sum(axis=1), 1.0)
    assert (mixed[:, 2:] >= 0.0).all()
    if taken == [2]:
        np.testing.assert_allclose(mixed[:, 3] / mixed[:, 4], study.values[:, 3] / study.values[:, 4])
        np.testing.assert_allclose(mixed[:, :2], study.values[:, :2])


def test_a_part_of_nothing_else_gives_way_evenly() -> None:
    study = made()
    base = study.values.copy()
    base[:, 2:] = [1.0, 0.0, 0.0]
    mixed = study.alone(base, 2, 0.4)
    np.testing.assert_allclose(mixed[:, 2:], [[0.4, 0.3, 0.3]] * COUNT)


def test_each_row_may_take_other_factors() -> None:
    study = made()
    donors, flags = np.roll(study.values, 1, axis=0), RNG.random(study.values.shape) < 0.5
    together_ = study.blended(study.values, donors, flags)
    for row in range(COUNT):
        alone = study.blended(study.values[[row]], donors[[row]], flags[row])
        np.testing.assert_allclose(together_[[row]], alone)


def test_features_are_of_the_unit_interval_and_wide_factors_logarithmic() -> None:
    study = made(o2_pa=np.geomspace(0.1, 100.0, COUNT).tolist())
    features = study.features(study.values)
    assert features.shape == (COUNT, 7)
    np.testing.assert_allclose(np.sort(features[:, 6]), np.linspace(0.0, 1.0, COUNT))
    assert study.factors[5].log
    assert features.min() == 0.0
    assert features.max() == pytest.approx(1.0)


def test_replicates_become_their_mean_and_constants_go() -> None:
    columns = {"a": [float(k // 2) for k in range(20)], "b": [1.0] * 20}
    values = [10.0 ** (k // 2 + (0.1 if k % 2 else -0.1)) for k in range(20)]
    study = study_of(columns, "r", values, [0.0] * 20, [1.0] * 20, log=True)
    np.testing.assert_allclose(study.target, np.arange(10.0), atol=1e-12)
    assert (study.counts == 2.0).all()
    assert study.names == ["a"]
    assert any("20 values of 10 different samples" in note for note in study.notes)
    assert any("not a factor: b" in note for note in study.notes)


def test_a_large_table_is_thinned_and_says_so() -> None:
    study = made()
    few = study.thinned(10)
    assert len(few) == 10
    assert few.values.min(axis=0)[0] == study.values[np.linspace(0, 29, 10).round().astype(int)].min(axis=0)[0]
    assert "10 of 30 samples" in few.notes[-1]
    assert study.thinned(30) is study


def test_two_parts_are_one_factor() -> None:
    share = RNG.random(COUNT)
    study = study_of({"zr": share.tolist(), "ta": (1.0 - share).tolist()}, "r", RNG.random(COUNT).tolist(),
                     [0.0] * COUNT, [1.0] * COUNT, log=False, mixtures=[["zr", "ta"]])  # fmt: skip
    assert study.names == ["zr"]
    assert "ta is what zr leaves" in study.notes[0]


def test_mistakes_are_said() -> None:
    ten = [float(k) for k in range(10)]
    for columns, target, mixtures, said in (
        ({"a": ten[:5]}, ten[:5], [], "5 samples have a value"),
        ({"a": [0.0, 1.0] * 5}, ten, [], "2 different samples"),
        ({"a": [1.0] * 10}, ten, [], "no factor varies"),
        ({"a": ten}, [2.0] * 10, [], "the same in all samples"),
        ({"a": ten}, [1e-200, *ten[1:]], [], "r: 1e-200 to 9: sizes"),
        ({"a": [1e200, *ten[1:]]}, ten, [], "a: 1 to 1e.200: sizes"),
        ({"a": ten, "b": ten, "c": ten}, ten, ["abc"], "their sum goes from"),
        ({"a": ten, "b": ten}, ten, ["ab"], "their sum goes from"),
        ({"a": ten}, ten, ["az"], "no factor"),
    ):
        with pytest.raises(InputError, match=said):
            study_of(columns, "r", target, [0.0] * len(target), [1.0] * len(target), log=False, mixtures=mixtures)


def test_sums_and_pairs_are_found() -> None:
    columns = {"t": RNG.random(COUNT).tolist(), **{name: PARTS[:, k].tolist() for k, name in enumerate("ABC")}}
    assert constant_sums(columns, (1.0, 100.0)) == [["A", "B", "C"]]
    assert constant_sums({name: [2.0 * v for v in values] for name, values in columns.items()}, (1.0, 100.0)) == []
    assert constant_sums({"A": columns["A"], "B": columns["B"]}) == []
    hot = RNG.random(COUNT)
    study = made(hot=hot.tolist(), power=(hot**2 + 0.01 * RNG.random(COUNT)).tolist())
    assert [pair[:2] for pair in together(study, 0.8)] == [("hot", "power")]
