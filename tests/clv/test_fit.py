"""Maximum likelihood: as published, as lifetimes, and the same from customers collapsed."""

import lifetimes
import numpy as np
import pandas as pd
import pytest
from lifetimes import BetaGeoFitter
from shopkeeper.clv import fit
from shopkeeper.clv.expected import expected_orders
from shopkeeper.clv.fit import collapse, maximum_likelihood
from shopkeeper.clv.models import PARAMETERS, histories, p_alive
from sklearn.metrics import roc_auc_score

PUBLISHED = {
    "bgnbd": ((0.2426, 4.4136, 0.7929, 2.4259), -9582.43),
    "mbgnbd": ((0.5248, 6.1831, 0.8914, 1.6140), -9582.13),
    "pareto_nbd": ((0.5533, 10.578, 0.6062, 11.668), -9594.98),
}
FOLDER = f"{lifetimes.__path__[0]}/datasets"


@pytest.fixture(scope="module")
def cdnow():
    """Weeks 1 to 39 of the CDNOW sample, and orders of weeks 40 to 78 (later)."""
    seen = pd.read_csv(f"{FOLDER}/cdnow_customers_summary.csv")
    sample = pd.read_csv(f"{FOLDER}/CDNOW_sample.txt", sep=r"\s+", header=None, names=["all", "ID", "day", "n", "paid"])
    days = pd.to_datetime(sample.day.astype(str), format="%Y%m%d")
    later = sample[days > "1997-09-30"].drop_duplicates(["ID", "day"])
    return seen.assign(later=seen.ID.map(later.ID.value_counts()).fillna(0.0))


@pytest.mark.parametrize("model", PARAMETERS)
def test_cdnow_has_the_published_parameters(cdnow, model):
    theta, height = PUBLISHED[model]
    found = maximum_likelihood(model, collapse(cdnow))
    assert found.theta == pytest.approx(theta, rel=1e-3)
    assert found.log_likelihood == pytest.approx(height, abs=0.01)
    assert found.is_converged


def test_pareto_nbd_has_the_published_errors(cdnow):
    found = maximum_likelihood("pareto_nbd", collapse(cdnow))
    assert np.sqrt(np.diag(found.spread)) * found.theta == pytest.approx([0.0476, 0.843, 0.187, 6.21], rel=0.01)


@pytest.mark.parametrize(
    ("model", "total", "mae", "correlation", "auc", "auc_alive"),
    [
        ("bgnbd", 1653, 0.785, 0.626, 0.773, 0.316),
        ("mbgnbd", 1577, 0.765, 0.627, 0.773, 0.687),
        ("pareto_nbd", 1666, 0.755, 0.630, 0.779, 0.726),
    ],
)
def test_the_next_39_weeks_of_cdnow_are_met_as_published(cdnow, model, total, mae, correlation, auc, auc_alive):
    theta, data = maximum_likelihood(model, collapse(cdnow)).of_cells(), histories(cdnow)
    expected = expected_orders(model, theta, data, np.array([39.0]))[:, 0]
    assert cdnow.later.sum() == 1882
    assert expected.sum() == pytest.approx(total, abs=2)
    assert (expected - cdnow.later).abs().mean() == pytest.approx(mae, abs=0.002)
    assert np.corrcoef(expected, cdnow.later)[0, 1] == pytest.approx(correlation, abs=0.002)
    assert roc_auc_score(cdnow.later > 0, expected) == pytest.approx(auc, abs=0.002)
    assert roc_auc_score(cdnow.later > 0, p_alive(model, theta, data)) == pytest.approx(auc_alive, abs=0.002)


def test_it_finds_what_lifetimes_finds(cdnow):
    theirs = BetaGeoFitter().fit(cdnow.frequency, cdnow.recency, cdnow["T"]).params_
    assert maximum_likelihood("bgnbd", collapse(cdnow)).theta == pytest.approx(tuple(theirs), rel=1e-3)


def test_customers_collapsed_have_the_parameters_of_all(cdnow):
    alone = cdnow[["frequency", "recency", "T"]].assign(n=1.0)
    assert len(collapse(cdnow)) < len(cdnow) / 2
    assert maximum_likelihood("bgnbd", collapse(cdnow)).theta == pytest.approx(
        maximum_likelihood("bgnbd", alone).theta, rel=1e-5
    )


def test_many_rows_searched_by_the_week_first_have_the_parameters_of_all(cdnow, monkeypatch):
    rows = collapse(cdnow.assign(recency=(cdnow.recency * 7).round(), T=(cdnow["T"] * 7).round()))
    whole = maximum_likelihood("bgnbd", rows).theta
    monkeypatch.setattr(fit, "_MOST_ROWS", 100)
    assert maximum_likelihood("bgnbd", rows).theta == pytest.approx(whole, rel=1e-4)


def test_weeks_keep_who_never_came_back_and_everyone():
    customers = pd.DataFrame({"frequency": [0, 0, 2], "recency": [0, 0, 20], "T": [30, 33, 25]})
    weekly = collapse(customers, days=7).sort_values("frequency").reset_index(drop=True)
    assert weekly.to_dict("list") == {"frequency": [0.0, 2.0], "recency": [0.0, 17.5], "T": [31.5, 24.5], "n": [2, 1]}


def test_where_nobody_leaves_it_says_so_and_still_predicts():
    draw = np.random.default_rng(1)
    age = draw.integers(100, 400, 3_000)
    came = draw.poisson(draw.gamma(2, 0.02, 3_000) * age)
    steady = pd.DataFrame({"frequency": came, "recency": np.where(came > 0, age * came / (came + 1), 0.0), "T": age})
    found = maximum_likelihood("pareto_nbd", collapse(steady))
    assert not found.is_converged
    ahead = expected_orders("pareto_nbd", found.of_cells(), histories(steady), np.array([100.0]))
    assert ahead.sum() == pytest.approx(3_000 * 0.04 * 100, rel=0.05)
