"""Earlier days: what was known then and came after, and how models and rules are judged by it."""

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest
from by_hand import imported, orders_csv, small_shop
from repeat_buyers import bgnbd
from shopkeeper.clv.holdout import NAIVE, Prediction, _judged, compare, drift, judged, predictions
from shopkeeper.clv.models import PARAMETERS
from shopkeeper.clv.origins import CHOSEN, Origin, look_back, origin_days
from shopkeeper.shop import Shop


@pytest.fixture(scope="module")
def origin():
    """3,000 customers of BG/NBD, seen on a day, and what they did in the 13 weeks after it."""
    draw, size = np.random.default_rng(1), 3_000
    age = np.floor(draw.uniform(30, 500, size))
    known = bgnbd(draw, age, 0.7, np.full(size, 40.0), np.full(size, 0.8), np.full(size, 2.5), 91.0)
    known = known.assign(recency=np.ceil(known.recency))
    return Origin(
        dt.date(2024, 1, 1), known, pd.DataFrame({13: known.later}), known.later.sample(frac=1, random_state=1)
    )


def test_the_true_model_has_the_best_score_and_intervals_that_hold(origin):
    table = compare([origin]).set_index("method")
    assert list(table.index) == [*PARAMETERS, *NAIVE]
    assert table.log_score.idxmax() == "bgnbd"
    assert table.log_score["bgnbd"] > table.log_score[list(NAIVE)].max() + 0.02
    assert table.coverage["bgnbd"] == pytest.approx(0.9, abs=0.015)
    assert table.predicted["bgnbd"] == pytest.approx(table.came["bgnbd"], rel=0.05)
    assert table.gini["bgnbd"] > table.gini[list(NAIVE)].max()


def test_probabilities_of_what_came_are_probabilities(origin):
    for method, told in predictions(origin).items():
        assert ((told.exactly > 0) & (told.exactly <= 1)).all(), method
        assert ((told.fewer >= 0) & (told.fewer + told.exactly <= 1 + 1e-9)).all(), method


def test_a_prediction_is_judged_as_by_hand():
    """Twenty customers, two of whom order 4 times; predicted are 3 of the one and 1 of a third."""
    came, mean = np.zeros(20), np.zeros(20)
    came[:2], mean[0], mean[2] = 4.0, 3.0, 1.0
    told = _judged(Prediction(mean, np.full(20, 0.5), np.full(20, 0.25)), came)
    assert (told["came"], told["predicted"]) == (8.0, 4.0)
    assert told["mae"] == (1 + 4 + 1) / 20
    assert told["log_score"] == pytest.approx(np.log(0.5))
    assert told["lift"] == (4 + 0) / 2 / 0.4  # the first tenth are two, of whom one comes four times
    assert told["coverage"] == 1.0
    perfect = _judged(Prediction(came, np.full(20, 0.02), np.full(20, 0.97)), came)
    assert perfect["gini"] == 1.0
    assert perfect["coverage"] == 0.0


def test_what_was_known_and_what_came_after(bench):
    imported("shop", {"orders.csv": orders_csv(
        (1, "ana", "2024-01-01 10:00", 10), (2, "ana", "2024-01-11 10:00", 20), (3, "ana", "2024-02-20 10:00", 5),
        (4, "ana", "2024-02-20 11:00", 5), (5, "ana", "2024-05-02 10:00", 5), (6, "ben", "2024-01-21 10:00", 10),
        (7, "cem", "2024-02-10 10:00", 10), (8, "", "2024-12-31 23:59", 1),
    )})  # fmt: skip
    seen = look_back(Shop("shop"), dt.date(2024, 1, 31))
    ana, ben = seen.known.sort_values("frequency", ascending=False).index
    assert len(seen.known) == 2  # cem comes later
    assert seen.known.loc[ana, ["frequency", "recency", "T"]].tolist() == [1, 10, 30]
    assert seen.came.loc[ana].to_dict() == {4: 1.0, 13: 1.0, 26: 2.0}
    assert seen.came.loc[ben].sum() == 0
    assert seen.before[ana] == 2.0  # a year before is not in the data: the last 13 weeks


def test_origins_leave_room_before_and_after(bench):
    imported("shop", {"orders.csv": small_shop(customers=50, days=500)})
    shop = Shop("shop")
    days = origin_days(shop, 13)
    assert days[0] == shop.as_of - dt.timedelta(days=91)
    assert [(a - b).days for a, b in itertools.pairwise(days)] == [28] * 5
    assert (days[-1] - shop.first_day).days >= 180
    assert origin_days(Shop("shop", str(shop.first_day + dt.timedelta(days=150))), 13) == []


@pytest.mark.parametrize("variance", [0.0, 0.4])
def test_paces_that_move_are_found_out_and_make_intervals_as_wide(variance):
    """Everybody's pace is multiplied by something of this variance after the day looked ahead from; nobody leaves."""
    days = [_moving(seed, variance) for seed in (1, 2, 3, 4)]
    found = drift(days, "pareto_nbd")
    assert found == (0.0 if variance == 0 else pytest.approx(0.3, abs=0.15))
    assert judged(days, "pareto_nbd", found).coverage.mean() == pytest.approx(0.9, abs=0.02)


def _moving(seed: int, variance: float) -> Origin:
    draw, size = np.random.default_rng(seed), 3_000
    age = np.floor(draw.uniform(100, 500, size))
    pace = draw.gamma(3.0, 0.02, size)
    frequency = draw.poisson(pace * age).astype(float)
    recency = np.where(frequency > 0, np.ceil(age - draw.exponential(1 / pace)).clip(1, age), 0.0)
    known = pd.DataFrame({"frequency": frequency, "recency": recency, "T": age})
    moved = pace * (draw.gamma(1 / variance, variance, size) if variance else 1.0)
    came = pd.DataFrame({CHOSEN: draw.poisson(moved * 91).astype(float)})
    return Origin(dt.date(2025, 1, 1), known, came, came[CHOSEN])
