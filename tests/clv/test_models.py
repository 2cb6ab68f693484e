"""Likelihoods: as published, right where closed forms fail, and with slopes that are those of the likelihood."""

import lifetimes
import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from shopkeeper.clv.expected import expected_orders
from shopkeeper.clv.models import PARAMETERS, Theta, histories, log_likelihood, p_alive, p_order
from shopkeeper.clv.slopes import slopes

GEOMETRIC = ("bgnbd", "mbgnbd")
HARD = [(x, t, 200.0) for x in (0, 1, 132, 1000, 3000) for t in (0.0, 100.0, 199.999, 200.0)]


def one(*parameters: float) -> Theta:
    first, *others = parameters
    return (first, *(np.array([value]) for value in others))


def rows(*alike: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(alike, columns=["frequency", "recency", "T"]).astype("float64")


@pytest.fixture(scope="module")
def cdnow():
    """The 2,357 customers of CDNOW that the field fits, in weeks."""
    return pd.read_csv(f"{lifetimes.__path__[0]}/datasets/cdnow_customers_summary.csv")


@pytest.mark.parametrize(
    ("model", "theta", "published"),
    [
        ("bgnbd", (0.2426, 4.4136, 0.7929, 2.4259), -9582.43),
        ("mbgnbd", (0.5248, 6.1831, 0.8914, 1.6140), -9582.13),
        ("pareto_nbd", (0.5533, 10.578, 0.6062, 11.668), -9594.98),
    ],
)
def test_the_log_likelihood_of_cdnow_is_the_published_one(cdnow, model, theta, published):
    assert log_likelihood(model, one(*theta), histories(cdnow)).sum() == pytest.approx(published, abs=0.01)


def test_conditional_expectations_are_the_published_ones():
    bgnbd, seen = one(0.2426, 4.4136, 0.7929, 2.4259), histories(rows((2, 30.43, 38.86)))
    assert expected_orders("bgnbd", bgnbd, seen, np.array([39.0]))[0, 0] == pytest.approx(1.226, abs=1e-3)
    pareto, often = one(0.5533, 10.578, 0.6062, 11.668), histories(rows((26, 30.86, 31)))
    assert expected_orders("pareto_nbd", pareto, often, np.array([52.0]))[0, 0] == pytest.approx(25.46, abs=0.01)
    assert p_alive("pareto_nbd", pareto, often)[0] == pytest.approx(0.9979, abs=1e-4)
    heavy = histories(rows((132, 200, 200)))  # where lifetimes and pymc-marketing find no number
    assert expected_orders("pareto_nbd", one(0.55, 10.58, 0.61, 11.67), heavy, np.array([10.0]))[0, 0] == pytest.approx(
        6.2060518, abs=1e-6
    )


def test_a_new_customer_of_bgnbd_orders_as_published():
    days = np.array([0.1429, 1, 3, 31.8571, 32, 78])
    new = histories(rows((0, 0, 0)))
    expected = expected_orders("bgnbd", one(0.2426, 4.4136, 0.7929, 2.4259), new, days)[0]
    assert expected == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], abs=1e-3)
    assert p_order("bgnbd", one(0.243, 4.414, 0.793, 2.426), new, 39.0)[0] == pytest.approx(1 - 0.5737864, abs=1e-4)


@pytest.mark.parametrize("model", GEOMETRIC)
@pytest.mark.parametrize("shapes", [(0.5, 0.5), (1.0, 1.0), (1.0001, 2.0), (2.0, 0.5)])
def test_hard_rows_of_the_geometric_models_are_right(model, shapes):
    r, alpha, (a, b) = mp.mpf("0.55"), mp.mpf("10.58"), map(mp.mpf, shapes)
    theta, data = one(0.55, 10.58, *shapes), histories(rows(*HARD))
    likely, alive, soon = (
        log_likelihood(model, theta, data),
        p_alive(model, theta, data),
        p_order(model, theta, data, 90),
    )
    ahead = expected_orders(model, theta, data, np.array([365.0]))[:, 0]
    rest: dict[float, mp.mpf] = {}
    for row, (x, t, until) in enumerate(HARD):
        chances, shape = x + (model == "mbgnbd"), r + x
        stays = mp.beta(a, b + chances) / mp.beta(a, b) * (alpha + until) ** -shape
        gone = mp.beta(a + 1, b + chances - 1) / mp.beta(a, b) * (alpha + t) ** -shape if chances else mp.mpf(0)
        start = mp.loggamma(shape) - mp.loggamma(r) + r * mp.log(alpha)
        share = stays / (stays + gone)
        if x not in rest:
            rest[x] = _orders_of_the_alive(a, b + chances, shape, 365 / (alpha + until))
        assert likely[row] == pytest.approx(float(start + mp.log(stays + gone)), rel=1e-8)
        assert alive[row] == pytest.approx(float(share), rel=1e-8)
        assert soon[row] == pytest.approx(
            float(share * (1 - ((alpha + until) / (alpha + until + 90)) ** shape)), rel=1e-8
        )
        assert ahead[row] == pytest.approx(float(share * rest[x]), rel=1e-8)


def _orders_of_the_alive(a: mp.mpf, b: mp.mpf, shape: mp.mpf, c: mp.mpf) -> mp.mpf:
    """E[(1 - (1 + p c)^-shape) / p] of p ~ Beta(a, b), in the logit of p."""
    constant = mp.log(mp.beta(a, b))

    def inside(u: mp.mpf) -> mp.mpf:
        log_p, log_q = -mp.log1p(mp.exp(-u)), -mp.log1p(mp.exp(u))
        return mp.exp((a - 1) * log_p + b * log_q - constant) * -mp.expm1(-shape * mp.log1p(c * mp.exp(log_p)))

    middle = float(mp.log(a / b))
    return mp.quad(inside, [middle + step for step in (-120, -40, -15, -6, -2, 0, 2, 6, 15, 40, 120)])


@pytest.mark.parametrize("s", [0.5, 1.0, 1.0001, 2.0])
def test_hard_rows_of_pareto_nbd_are_right(s):
    r, alpha, beta = mp.mpf("0.55"), mp.mpf("10.58"), mp.mpf("11.67")
    theta, data = one(0.55, 10.58, s, 11.67), histories(rows(*HARD))
    likely, alive = log_likelihood("pareto_nbd", theta, data), p_alive("pareto_nbd", theta, data)
    ahead = expected_orders("pareto_nbd", theta, data, np.array([365.0]))[:, 0]
    for row, (x, t, until) in enumerate(HARD):
        shape, leave = r + x, mp.mpf(s)
        steps = [t + (until - t) * mp.mpf(2) ** -k for k in range(20, -1, -1)]
        gone = leave * mp.quad(lambda y, m=shape, q=leave: (alpha + y) ** -m * (beta + y) ** (-q - 1), [t, *steps])
        stays = (alpha + until) ** -shape * (beta + until) ** -leave
        start = mp.loggamma(shape) - mp.loggamma(r) + r * mp.log(alpha) + leave * mp.log(beta)
        grown = mp.log((beta + until + 365) / (beta + until))
        rest = grown if s == 1.0 else (1 - mp.exp((1 - leave) * grown)) / (leave - 1)
        assert likely[row] == pytest.approx(float(start + mp.log(stays + gone)), rel=1e-8)
        assert alive[row] == pytest.approx(float(stays / (stays + gone)), rel=1e-8)
        assert ahead[row] == pytest.approx(
            float(stays / (stays + gone) * shape / (alpha + until) * (beta + until) * rest), rel=1e-8
        )


@pytest.mark.parametrize("model", PARAMETERS)
def test_everything_is_finite_where_nobody_or_everybody_leaves_at_once(model):
    data = histories(rows(*HARD, (0, 0, 0)))
    for extreme in [(0.55, 0.01, 1e-6, 1e4), (20.0, 1e4, 50.0, 0.5), (0.01, 300.0, 0.1, 0.1)]:
        theta = one(*extreme)
        told = [log_likelihood(model, theta, data), p_alive(model, theta, data), p_order(model, theta, data, 90)]
        assert all(np.isfinite(each).all() for each in [*told, expected_orders(model, theta, data, np.array([365.0]))])


def test_who_never_leaves_orders_at_her_pace():
    """Her r + x orders in alpha + T days: 2.5 in 100 days are 5 in 200."""
    for model in PARAMETERS:
        theta = one(0.5, 10.0, 1e-7, 1e5)
        expected = expected_orders(model, theta, histories(rows((2, 80, 90))), np.array([200.0]))
        assert expected[0, 0] == pytest.approx(5.0, rel=1e-3)


@pytest.mark.parametrize("model", PARAMETERS)
def test_slopes_are_those_of_the_likelihood(model):
    draw = np.random.default_rng(1)
    some = rows(*[(draw.integers(0, 5), 0, draw.integers(100, 300)) for _ in range(40)])
    some = some.assign(recency=some["T"] * draw.random(40) * (some.frequency > 0), cell=draw.integers(0, 2, 40), n=2.0)
    data = histories(some)
    theta: Theta = (0.5, np.array([5.0, 20.0]), np.array([0.5, 2.0]), np.array([20.0, 3.0]))
    found = slopes(model, theta, data)
    assert found.total == pytest.approx(2 * log_likelihood(model, theta, data).sum())
    for place in range(4):
        for cell in range(1 if place == 0 else 2):
            assert _slope(model, theta, data, place, cell) == pytest.approx(
                found.first if place == 0 else found.others[place - 1][cell], rel=1e-5, abs=1e-7
            )


def _slope(model, theta, data, place, cell, step=1e-5):
    def total(change):
        changed = [np.atleast_1d(each).astype("float64").copy() for each in theta]
        changed[place][cell] += change
        return data.n @ log_likelihood(model, (float(changed[0][0]), *changed[1:]), data)

    return (total(step) - total(-step)) / (2 * step)


def test_bgnbd_takes_everyone_who_bought_once_for_a_customer_still():
    seen = histories(rows((0, 0, 10), (0, 0, 1000)))
    assert p_alive("bgnbd", one(0.24, 4.4, 0.8, 2.4), seen).tolist() == [1.0, 1.0]
    assert p_alive("mbgnbd", one(0.52, 6.2, 0.9, 1.6), seen)[1] < 0.5
    assert p_order("bgnbd", one(0.24, 4.4, 0.8, 2.4), seen, 30.0)[1] < 0.01
