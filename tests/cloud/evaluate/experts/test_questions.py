"""What is asked: uncertain and influential pairs first, disagreed ones before others, no pair twice."""

import numpy as np
from adatom.cloud.evaluate.experts.questions import questions
from adatom.cloud.evaluate.experts.trust import trust_of
from adatom.cloud.evaluate.fuse.posterior import Preference, posterior

PRIOR = np.array([0.3, 0.1, 0.1, 0.2, 0.3])
NOTHING = np.zeros((0, 5))
BELIEF = posterior(PRIOR, NOTHING, np.zeros(0), NOTHING, [])
IDS = ("c/1", "c/2", "c/3", "c/4")
TERMS = np.array(
    [[0.9, 0.1, 0.5, 0.5, 0.5], [0.1, 0.9, 0.5, 0.5, 0.5], [0.9, 0.1, 0.5, 0.5, 0.49], [0.9, 0.9, 0.5, 0.5, 0.5]]
)


def test_pairs_that_trade_one_score_for_another_come_before_pairs_alike() -> None:
    found = questions(IDS, TERMS, BELIEF, 20.0, (), {}, count=6)
    assert len(found) == 6
    assert {found[-1].left, found[-1].right} == {"c/1", "c/3"}
    assert found[0].worth > 5.0 * found[-1].worth
    assert all(0.0 < one.chance < 1.0 for one in found)


def test_what_was_answered_is_not_asked_again_and_disagreement_raises_a_pair() -> None:
    first = questions(IDS, TERMS, BELIEF, 20.0, (), {})[0]
    pair = (first.left, first.right)
    assert questions(IDS, TERMS, BELIEF, 20.0, {pair}, {})[0] != first
    split = {("c/1", "c/3"): 0.5}
    raised = [
        one for one in questions(IDS, TERMS, BELIEF, 20.0, (), split, 6) if one.right == "c/3" and one.left == "c/1"
    ]
    assert raised[0].worth > 0.05
    assert "experts disagree" in raised[0].why
    assert questions(IDS[:2], TERMS[:2], BELIEF, 20.0, {("c/1", "c/2")}, {}) == []


def test_chosen_questions_teach_faster_than_random_ones() -> None:
    true = np.array([0.15, 0.35, 0.15, 0.2, 0.15])
    gains = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        terms = rng.random((24, 5))
        ids = tuple(f"c/{k:02d}" for k in range(24))
        spread = {}
        for way in ("chosen", "random"):
            answers: list[Preference] = []
            asked: set[tuple[str, str]] = set()
            for _ in range(8):
                belief = posterior(PRIOR, NOTHING, np.zeros(0), terms, answers)
                if way == "chosen":
                    one = questions(ids, terms, belief, 20.0, asked, {}, seed=seed)[0]
                    a, b = int(one.left[2:]), int(one.right[2:])
                else:
                    a, b = sorted(int(k) for k in rng.choice(24, 2, replace=False))
                asked.add((ids[a], ids[b]))
                right = rng.random() < 1.0 / (1.0 + np.exp(-20.0 * float((terms[a] - terms[b]) @ true)))
                answers.append(Preference(a, b, 20.0) if right else Preference(b, a, 20.0))
            spread[way] = posterior(PRIOR, NOTHING, np.zeros(0), terms, answers).sds.sum()
        gains.append(spread["random"] - spread["chosen"])
    assert np.mean(gains) > 0.0


def test_trust_grows_with_right_answers_and_who_guesses_is_not_listened_to() -> None:
    fresh, good, guess = trust_of([]), trust_of([1.0] * 20), trust_of([0.0] * 12)
    assert fresh.chance == 0.75
    assert good.chance > 0.9
    assert good.sharpness > fresh.sharpness == 20.0
    assert guess.sharpness == 0.0
    assert good.sd < fresh.sd
