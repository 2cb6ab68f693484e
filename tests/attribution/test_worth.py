"""Worth: what a new customer is worth is told by what brought them, not by what they clicked last."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.attribution.worth import Value, of_causes

NAMES = ("community", "feed", "search")
DRAWS = 4_000


def value(names: tuple[str, ...], worth: np.ndarray) -> Value:
    """The same money at each horizon; draws that are off by 2%."""
    made = worth * np.exp(np.random.default_rng(1).normal(0, 0.02, (DRAWS, len(names))))
    return Value(names, made, made, (True,) * len(names), 100.0)


TRUE = pd.Series({"community": 300.0, "feed": 90.0, "": 100.0})
CAUSES = pd.DataFrame(
    {"community": [0.5, 0.0, 0.1], "feed": [0.0, 0.6, 0.1], "": [0.5, 0.4, 0.8]}, index=["community", "feed", "search"]
)


def test_who_was_brought_by_a_channel_is_told_from_who_only_came_through_it():
    seen = (CAUSES @ TRUE).to_numpy()
    everyone = value(("",), np.array([110.0]))
    found = of_causes(value(NAMES, seen), everyone, CAUSES, seed=1)
    for name in ("community", "feed"):
        drawn = found.year[:, NAMES.index(name)]
        assert np.median(drawn) == pytest.approx(TRUE[name], rel=0.1)
        assert np.quantile(drawn, 0.05) < TRUE[name] < np.quantile(drawn, 0.95)
    # What no journey credits stays as those who came through it.
    np.testing.assert_allclose(found.year[:, 2], value(NAMES, seen).year[:, 2])


def test_a_channel_that_brought_nobody_of_any_group_is_worth_as_little_known_as_before():
    causes = CAUSES.assign(feed=0.0, **{"": [0.5, 1.0, 0.9]})
    found = of_causes(value(NAMES, np.array([200.0, 100.0, 110.0])), value(("",), np.array([110.0])), causes, seed=1)
    drawn = found.year[:, 1] / 110
    assert np.mean(drawn) == pytest.approx(1, abs=0.05)
    assert np.std(drawn) > 0.4


def test_without_groups_that_are_known_nothing_changes():
    seen = value(NAMES, np.array([200.0, 100.0, 110.0]))
    assert of_causes(seen, value(("",), np.array([110.0])), CAUSES[:0], seed=1) is seen


def test_profit_per_unit_follows_what_a_customer_is_worth_not_what_their_own_sales_were():
    """Media sales are new customers, all counted in the same money: who is worth three times as much pays three times as much."""
    found = value(NAMES, TRUE.to_numpy())
    assert np.median(found.long[:, 0]) == pytest.approx(3.0, rel=0.02)
    assert np.median(found.short[:, 2]) == pytest.approx(1.0, rel=0.02)
