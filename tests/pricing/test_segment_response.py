"""What segments answer to prices, from how a SKU's units split between them."""

import numpy as np
import pandas as pd
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.segment_response import segment_response
from shopkeeper.pricing.segment_units import OTHERS

SKUS, WEEKS, CATEGORIES = 40, 40, 4
NAMES = ("often", "dormant", OTHERS)


def split_world(seed, differences, shock=1.0):
    """Units of three segments that like SKUs differently and come to a category in other numbers every week. shock: how many times as much everybody buys at a low price."""
    draw = np.random.default_rng(seed)
    price = np.where(draw.random((SKUS, WEEKS)) < 0.3, 10 * (1 - draw.choice([0.1, 0.2, 0.3], (SKUS, WEEKS))), 10.0)
    log_price = np.log(price / 10)
    sold = draw.poisson(draw.gamma(2, 4, SKUS)[:, None] * np.where(price < 10, shock, 1.0) * (price / 10) ** -2)
    like, come = draw.normal(0, 0.6, (3, SKUS, 1)), draw.normal(0, 0.5, (3, CATEGORIES, WEEKS))
    size = np.log([0.5, 0.3, 0.2])[:, None, None]
    taste = size + like + come[:, np.arange(SKUS) % CATEGORIES] + np.array(differences)[:, None, None] * log_price
    share = np.exp(taste) / np.exp(taste).sum(axis=0)
    split = draw.multinomial(sold, np.moveaxis(share, 0, -1))
    sku, week, who = np.nonzero(split)
    units = pd.DataFrame({
        "segment": np.array(NAMES)[who], "sku": [f"s{n}" for n in sku], "period": week, "units": split[sku, week, who].astype(float),
    })  # fmt: skip
    mean = split.sum(axis=(0, 1)) / split.sum() @ np.array(differences)
    return (
        units,
        panel_of(sold, price, categories=CATEGORIES),
        dict(zip(NAMES, np.array(differences) - mean, strict=True)),
    )


@pytest.mark.parametrize("planted", [(-0.8, 0.0, 0.5), (0.0, 0.0, 0.0)])
def test_planted_differences_are_recovered(planted):
    units, panel, true = split_world(1, planted)
    found = segment_response(units, panel, 1)
    for name, error, measured in zip(found.segments, found.error, found.measured, strict=True):
        assert abs(measured - true[name]) < 2.5 * error
        low, high = np.quantile(found.of(name), [0.05, 0.95])
        assert low - 0.05 < true[name] < high + 0.05
        assert error < 0.2
    assert np.allclose(found.difference @ found.share, 0)


def test_what_everybody_buys_more_of_at_low_prices_is_no_difference():
    """All buy three times as much when a price is low, for whatever reason; the split says nothing of it."""
    units, panel, true = split_world(2, (-0.8, 0.0, 0.5), shock=3.0)
    found = segment_response(units, panel, 1)
    off = found.measured - [true[name] for name in found.segments]
    assert (np.abs(off) < 3 * found.error).all()
    assert found.measured[found.segments.index("often")] < -0.4


def test_differences_are_drawn_towards_none_the_less_is_known_the_more():
    units, panel, _ = split_world(3, (0.0, 0.0, 0.0))
    found = segment_response(units, panel, 1)
    drawn = np.abs(found.difference.mean(axis=0))
    assert (drawn < np.abs(found.measured) + 0.02).all()
    assert found.between.mean() < 0.25
    assert segment_response(*split_world(3, (-0.8, 0.0, 0.5))[:2], 1).between.mean() > 0.4


def test_a_segment_of_few_purchases_counts_among_the_others_and_one_alone_tells_nothing():
    units, panel, _ = split_world(1, (0.0, 0.0, 0.0))
    few = units.assign(segment=units.segment.mask(units.segment == "dormant", "often"))
    few.loc[few.index[:20], "segment"] = "lost"
    assert segment_response(few, panel, 1).segments == ["often", OTHERS]
    assert segment_response(units.assign(segment=OTHERS), panel, 1) is None
    assert segment_response(units.head(0), panel, 1) is None
