"""Routing by earlier origins, and how far forecasts of the brand are heard."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from shopkeeper.demand.classical import of_brand
from shopkeeper.demand.route import class_scores, routed, voices, winners

PAST = np.array([[1.0, 2.0, 1.0, 2.0], [4.0, 2.0, 4.0, 2.0], [0.0, 9.0, 0.0, 9.0]])


def twice(values: list[float]) -> np.ndarray:
    """The same on two days."""
    return np.repeat(np.array(values)[:, None], 2, axis=1)


def origin(trees: list[float], tsb: list[float]) -> SimpleNamespace:
    """Two rare SKUs and an even one, whose next days were 1, 3 and 5; forecasts of each."""
    return SimpleNamespace(
        panel=SimpleNamespace(demand=PAST, skus=pd.DataFrame({"is_rest": [False] * 3})),
        wanted=twice([1.0, 3.0, 5.0]),
        forecasts={"trees": twice(trees), "tsb": twice(tsb)},
        kind=np.array(["intermittent", "intermittent", "smooth"]),
        weight=np.array([30.0, 10.0, 60.0]),
    )


def test_the_method_nearest_on_earlier_days_is_chosen_class_by_class():
    origins = [origin([2, 4, 5], [1, 4, 0]), origin([2, 3, 5], [1, 3, 0])]
    scores = class_scores(origins).set_index(["kind", "method"])
    # Steps of the past are 1 and 2: trees miss by 1 and 1, then by 1 and 0.
    assert scores.rmsse["intermittent", "trees"] == pytest.approx(np.mean([(30 * 1 + 10 * 0.5) / 40, 30 / 40]))
    assert scores.share["smooth", "trees"] == pytest.approx(0.6)
    chosen = winners(origins)
    assert (chosen["intermittent"], chosen["smooth"], chosen["lumpy"]) == ("tsb", "trees", "trees")
    made = routed(origins[0].forecasts, origins[0].kind, chosen)
    assert made[:, 0].tolist() == [1, 4, 5]


def test_a_class_that_brought_nothing_is_left_to_the_trees():
    idle = origin([2, 4, 5], [1, 3, 0])
    idle.weight = np.array([0.0, 0.0, 60.0])
    assert winners([idle])["intermittent"] == "trees"


def test_the_nearer_forecast_of_the_brand_all_but_rules():
    wanted = [np.array([10.0, 10.0])]
    heard = voices(wanted, [{"skus": np.array([11.0, 9.0]), "ets": np.array([13.0, 7.0])}])
    assert heard == pytest.approx({"ets": 1 / 82, "skus": 81 / 82})
    assert voices([], []) == {}


def test_last_years_season_moves_a_forecast_of_the_brand_as_far():
    """A steady brand whose four weeks a year ago stood at four times the four before them."""
    total = np.full(364 + 28, 100.0) + np.tile([0, 1, 0, 1, 0, 1, 0], 56)
    total[:28] /= 4
    found = of_brand(total)
    assert found["ets"].mean() == pytest.approx(100, rel=0.02)
    assert found["year before"][7:21].mean() == pytest.approx(400, rel=0.03)
    assert set(of_brand(total[-300:])) == {"ets"}
