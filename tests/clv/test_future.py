"""Futures drawn at random come out in the mean as they are expected."""

import numpy as np
import pandas as pd
import pytest
from shopkeeper.clv.expected import expected_orders
from shopkeeper.clv.future import draw_orders
from shopkeeper.clv.models import histories, p_alive, p_order

DAYS = np.array([28.0, 91.0, 364.0])


@pytest.mark.parametrize(
    ("model", "theta"),
    [
        ("bgnbd", (0.8, np.array([40.0]), np.array([0.8]), np.array([2.5]))),
        ("mbgnbd", (0.8, np.array([40.0]), np.array([0.8]), np.array([2.5]))),
        ("pareto_nbd", (0.8, np.array([40.0]), np.array([1.5]), np.array([200.0]))),
    ],
)
def test_they_come_out_as_expected(model, theta):
    """Three customers: bought once long ago, five times and lately, five times and long ago."""
    once = pd.DataFrame({"frequency": [0, 5, 5], "recency": [0, 190, 60], "T": [200, 200, 200]})
    many = histories(once.loc[once.index.repeat(40_000)])
    draw = np.random.default_rng(1)
    still = np.flatnonzero(draw.random(120_000) < p_alive(model, theta, many))
    came = np.zeros((120_000, 3))
    who, orders = draw_orders(model, theta, many, still, DAYS, draw)
    came[who] = orders
    came = came.reshape(3, 40_000, 3)
    assert came.mean(axis=1) == pytest.approx(expected_orders(model, theta, histories(once), DAYS), rel=0.06)
    assert (came[:, :, 1] > 0).mean(axis=1) == pytest.approx(p_order(model, theta, histories(once), 91.0), rel=0.06)
    assert (np.diff(came, axis=2) >= 0).all()
