"""A whole forecast on a made shop: it adds up, holds what it says, and is told from what earlier origins had."""

import datetime as dt

import numpy as np
import pytest
from by_hand import lay_out
from goods_by_hand import FIRST, sales_of, shop_of
from shopkeeper.claims import Claim
from shopkeeper.decisions import MEASURES
from shopkeeper.demand.ahead import ahead_rows, money_of
from shopkeeper.demand.forecast import SUM, forecast
from shopkeeper.demand.panel import load_panel
from shopkeeper.demand.spread import sample_paths
from shopkeeper.tables import DataError

DAYS = 280


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A forecast from two origins of thirty steady SKUs, of which ten stand with the rest; and what came after."""
    with pytest.MonkeyPatch.context() as patch:
        lay_out(tmp_path_factory.mktemp("forecast"), patch)
        units = sales_of(30, DAYS, seed=3)
        shop = shop_of("steady", units)
        yield forecast(shop.seen_on(FIRST + dt.timedelta(days=DAYS - 29)), most=20, number=2), units


def test_every_level_adds_up_and_nothing_is_below_0(found):
    agreed = found[0].agreed
    np.testing.assert_allclose(agreed.mean, agreed.hierarchy.sums @ agreed.of_skus, rtol=1e-6)
    assert agreed.mean.min() >= 0
    assert agreed.hierarchy.level.tolist() == ["brand"] + ["category"] * 2 + ["sku"] * 22


def test_what_comes_is_forecast_without_bias_and_better_than_by_chance(found):
    forecast_, units = found
    came = units[:, -28:].sum()
    assert forecast_.agreed.mean[0].sum() == pytest.approx(came, rel=0.06)
    assert sum(forecast_.agreed.heard.values()) == pytest.approx(1)
    assert set(forecast_.agreed.heard) >= {SUM, "ets"}


def test_each_origin_is_told_by_the_other_one_alone(found):
    forecast_ = found[0]
    assert [origin.panel.days[-1].date() for origin in forecast_.origins] == [
        FIRST + dt.timedelta(days=DAYS - 29 - back) for back in (56, 28)
    ]
    assert len(forecast_.past) == 2


def test_what_is_ahead_adds_up_over_levels_and_days(found):
    panel, kind = found[0].panel, found[0].kind
    paths = sample_paths(found[0].agreed.of_skus, kind, panel.category[0], found[0].spread, 200, 1)
    rows = ahead_rows(panel, paths, money_of(panel), [0, 1])
    units = rows[rows.measure == "units"].set_index(["level", "subject", "days"])
    assert units.predicted["brand", "", 28] == pytest.approx(units.predicted["category", :, 28].sum())
    assert (units.low <= units.predicted).all()
    assert units.predicted["brand", "", 7] < units.predicted["brand", "", 28]
    money = rows[(rows.measure == "net_revenue") & (rows.level == "brand") & (rows.days == 28)].predicted.item()
    assert money == pytest.approx(10 * units.predicted["brand", "", 28], rel=1e-6)
    naive = rows[(rows.measure == "units") & (rows.level == "brand") & (rows.days == 7)].naive.item()
    assert naive == np.nansum(panel.sales[:, -28:]) / 4


def test_a_shop_too_young_to_be_checked_is_told_so_and_one_origin_is_enough(bench):
    units = sales_of(6, 210, seed=2)
    shop = shop_of("young", units)
    with pytest.raises(DataError, match=r"196 days are known.*takes 197 days"):
        forecast(shop.seen_on(FIRST + dt.timedelta(days=195)))
    found = forecast(shop, number=4)
    assert len(found.origins) == 1
    assert found.agreed.mean[0].sum() == pytest.approx(units[:, -28:].sum(), rel=0.2)


def test_units_and_money_of_skus_and_categories_can_be_scored(bench):
    units = sales_of(4, 100)
    shop = shop_of("scored", units)
    start, end = FIRST + dt.timedelta(days=80), FIRST + dt.timedelta(days=86)

    def measure(name: str, subject: str) -> float:
        return MEASURES[name](shop, Claim(subject, name, start, end, 0.0, 0.0, 0.0, 0.0))

    assert measure("units_sold", "s1") == units[1, 80:87].sum()
    assert measure("sku_net_revenue", "s1") == 10 * units[1, 80:87].sum()
    assert measure("category_units", "k0") == units[::2, 80:87].sum()
    assert measure("category_net_revenue", "k0") == 10 * units[::2, 80:87].sum()


def test_a_unit_brings_less_on_promoted_days(bench):
    panel = load_panel(shop_of("plain", sales_of(4, 100)))
    money = money_of(panel)
    np.testing.assert_allclose(money.plain, 10)
    np.testing.assert_allclose(money.promoted, 10)
    np.testing.assert_allclose(money.filled, 1)
