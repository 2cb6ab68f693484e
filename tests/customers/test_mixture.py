"""Mixtures recover the ways of buying they were drawn from, and no others."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.customers.mixture import as_asked, bic, fit, memberships, tell
from shopkeeper.customers.segments import STABLE, find_segments, overlap
from sklearn.metrics import adjusted_rand_score


def draw(ways, customers, seed=3):
    """Customers who answer one question of three choices eight times each, by their way's chances; and their ways."""
    generator = np.random.default_rng(seed)
    own = generator.integers(0, len(ways), customers)
    counts = np.array([generator.multinomial(8, ways[way]) for way in own])
    names = [f"c{number:04d}" for number in range(customers)]
    choices = pd.DataFrame(counts, index=pd.Index(names, name="customer_id"), columns=["a", "b", "c"])
    long = choices.stack().rename("times").rename_axis(["customer_id", "choice"]).reset_index()
    gap = pd.DataFrame({"gap": generator.normal(2 + 2 * own, 0.5)}, index=choices.index)
    return tell(long[long.times > 0].assign(question="what"), gap), own


APART = ([0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8])


def test_planted_ways_of_buying_are_found_again():
    evidence, own = draw(APART, 600)
    shares = memberships(fit(evidence, 3, seed=1), evidence)
    assert adjusted_rand_score(own, shares.argmax(axis=1)) > 0.9
    assert shares.sum(axis=1) == pytest.approx(np.ones(600), abs=1e-9)


def test_chances_and_means_are_those_planted():
    evidence, _ = draw(APART, 3000)
    mixture = fit(evidence, 3, seed=1)
    order = np.argsort(mixture.means[:, 0])
    assert mixture.chances[order] == pytest.approx(np.array(APART), abs=0.03)
    assert mixture.means[order, 0] == pytest.approx([2, 4, 6], abs=0.1)


def test_a_customer_who_counts_twice_counts_as_two():
    evidence, _ = draw(APART[:2], 200)
    times = np.tile([1.0, 2.0], 100)
    counted = fit(evidence, 2, seed=1, times=times)
    repeated = fit(evidence.some(np.repeat(np.arange(200), times.astype(int))), 2, seed=1)
    orders = [np.argsort(each.means[:, 0]) for each in (counted, repeated)]
    for name in ("weights", "chances", "means", "variances"):
        first, second = (getattr(each, name)[order] for each, order in zip((counted, repeated), orders, strict=True))
        assert first == pytest.approx(second, abs=1e-3)


def test_as_many_segments_are_found_as_were_planted_and_each_comes_back():
    evidence, _ = draw(APART, 500)
    found = find_segments(evidence, seed=1)
    assert found.mixture.size == 3
    assert found.jaccard.min() >= STABLE
    assert found.bic.idxmin() == 3


def test_customers_who_are_all_alike_make_no_segments():
    evidence, _ = draw(([0.4, 0.3, 0.3],), 500)
    assert find_segments(evidence, seed=1) is None


def test_too_few_customers_make_no_segments():
    evidence, _ = draw(APART, 150)
    assert find_segments(evidence, seed=1) is None


def test_one_more_way_pays_for_its_parameters_or_raises_bic():
    evidence, _ = draw(APART, 600)
    scores = [bic(fit(evidence, size, seed=1), evidence) for size in (2, 3, 4)]
    assert scores[1] < scores[0]
    assert scores[1] < scores[2]


def test_a_question_that_all_answer_alike_is_left_out_and_many_answers_count_as_twenty():
    rows = [("ana", "what", "a", 30), ("ana", "what", "b", 10), ("bea", "what", "a", 2), ("ana", "hour", "9", 5)]
    choices = pd.DataFrame(rows, columns=["customer_id", "question", "choice", "times"])
    gaps = pd.DataFrame({"gap": [1.0, np.nan]}, index=pd.Index(["ana", "bea"], name="customer_id"))
    evidence = tell(choices, gaps)
    assert list(evidence.counts.columns) == [("what", "a"), ("what", "b")]
    assert evidence.counts.loc["ana"].tolist() == [15.0, 5.0]
    assert evidence.counts.loc["bea"].tolist() == [2.0, 0.0]


def test_evidence_of_another_day_has_the_choices_of_this_one():
    now, _ = draw(APART, 50)
    rows = [("ana", "what", "a", 1), ("ana", "what", "z", 1)]
    then = tell(
        pd.DataFrame(rows, columns=["customer_id", "question", "choice", "times"]),
        pd.DataFrame({"gap": [1.0]}, index=pd.Index(["ana"], name="customer_id")),
    )
    assert as_asked(then, now).counts.loc["ana"].tolist() == [1.0, 0.0, 0.0]


def test_overlap_is_shared_customers_by_customers_in_either():
    first, second = np.array([0, 0, 0, 1]), np.array([1, 1, 0, 0])
    assert overlap(first, second, 2) == pytest.approx(np.array([[1 / 4, 2 / 3], [1 / 2, 0]]))
