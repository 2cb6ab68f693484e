"""The learner: what it finds again of what was planted, and that it never looks ahead."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from by_hand import csv_text
from goods_by_hand import FIRST, WEEKDAY, day, shop_of
from shopkeeper.demand.features import features, known
from shopkeeper.demand.learner import HORIZON, learn
from shopkeeper.demand.origins import BLEND, TREES, WITH_SIGNALS, came, days_before, look_back, trees
from shopkeeper.demand.outside import signals
from shopkeeper.demand.panel import load_panel

pytestmark = pytest.mark.usefixtures("bench")
DAYS, ORIGIN = 210, 182
TRAFFIC = ["day", "sku", "visits", "add_to_cart"]


def promotions(*spans: tuple[int, int, int], depth: float = 0.3) -> dict[str, str]:
    """Files of promotions of every other SKU: first day, last day, known on."""
    rows = [(f"p{n}", day(a), day(b), "discount", day(max(k, 0))) for n, (a, b, k) in enumerate(spans)]
    skus = [(row[0], f"s{sku}", depth) for row in rows for sku in range(0, 40, 2)]
    return {
        "promotions.csv": csv_text(["promotion", "starts_on", "ends_on", "kind", "known_on"], *rows),
        "promotion_skus.csv": csv_text(["promotion", "sku", "depth"], *skus),
    }


SPANS = [(start, start + 4, start - 40) for start in range(20, 200, 18)]


@pytest.fixture(scope="module")
def planted():
    """Forty SKUs that sell by weekday, twice as much in promotions; the expectation beside what sold."""
    luck = np.random.default_rng(8)
    weekday = WEEKDAY[(FIRST.weekday() + np.arange(DAYS)) % 7]
    boost = np.ones((40, DAYS))
    for start, end, _ in SPANS:
        boost[::2, start : end + 1] = 2.0
    mean = luck.gamma(2.0, 2.0, 40)[:, None] * weekday * boost
    return luck.poisson(mean), mean


def test_planted_levels_weekdays_and_promotions_are_found_again(planted):
    units, mean = planted
    panel = load_panel(shop_of("planted", units, promotions(*SPANS)).seen_on(FIRST + dt.timedelta(days=ORIGIN - 1)))
    found = trees(panel)
    place = [int(sku[1:]) for sku in panel.skus["sku"]]
    true = mean[place, ORIGIN : ORIGIN + HORIZON]
    assert found.sum() == pytest.approx(true.sum(), rel=0.05)
    assert np.abs(found - true).sum() / true.sum() < 0.2
    is_on = np.zeros(HORIZON, bool)
    for start, end, _ in SPANS:
        is_on |= (np.arange(ORIGIN, ORIGIN + HORIZON) >= start) & (np.arange(ORIGIN, ORIGIN + HORIZON) <= end)
    even = np.array(place) % 2 == 0
    assert found[even][:, is_on].sum() == pytest.approx(true[even][:, is_on].sum(), rel=0.1)


def garbage(units: np.ndarray, made: bool) -> dict[str, str]:
    """Stock, traffic, prices and a promotion that nobody knew of by the origin, other ones where made."""
    luck = np.random.default_rng(4)
    span = range(DAYS)
    value = luck.integers(1, 60, (40, DAYS))
    value[:, ORIGIN:] = luck.integers(0, 5000, (40, DAYS - ORIGIN)) if made else value[:, ORIGIN:]
    cells = [(d, s) for s in range(40) for d in span]
    files = {
        "traffic.csv": csv_text(TRAFFIC, *[(day(d), f"s{s}", value[s, d] * 9, value[s, d]) for d, s in cells]),
        "stock.csv": csv_text(
            ["day", "sku", "warehouse", "on_hand"], *[(day(d), f"s{s}", "w", value[s, d] - 3) for d, s in cells]
        ),
        "prices.csv": csv_text(
            ["day", "sku", "seller", "price", "known_on"],
            *[
                (day(d), f"s{s}", "garbage" if made else "truth", 1 + value[s, d], day(d))
                for d, s in cells
                if d % 9 == 0
            ],
        ),
    }
    return files | promotions(*SPANS, *([(190, 200, 185)] if made else []))


def test_nothing_after_the_origin_moves_a_forecast_by_a_bit(planted):
    """Every value after the origin that was not known ahead is garbage in the second brand."""
    units, _ = planted
    wrong = units.copy()
    wrong[:, ORIGIN:] = np.random.default_rng(5).integers(0, 90, (40, DAYS - ORIGIN))
    origin = FIRST + dt.timedelta(days=ORIGIN - 1)
    found = [
        load_panel(shop_of(name, sold, garbage(units, made)).seen_on(origin))
        for name, sold, made in [("truth", units, False), ("garbage", wrong, True)]
    ]
    for one, other in zip(*[vars(panel).values() for panel in found], strict=True):
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other)
    assert trees(found[0]).tobytes() == trees(found[1]).tobytes()


def test_a_signal_counts_from_the_day_on_which_it_is_known(planted):
    panel = load_panel(shop_of("signals", planted[0]))
    length = len(panel.days) + 56
    told = known(panel, {"heat": (np.arange(length, dtype=float), np.arange(length) - 3)})
    table = features(told, 150, np.array([0, 2, 3]))
    heat = table["outside heat"].to_numpy().reshape(3, -1)
    assert (heat[0] == 150).all()
    assert (heat[1] == 152).all()
    assert np.isnan(heat[2]).all()


def test_signals_are_read_as_they_were_known_and_tried_beside_trees_without_them(planted):
    """Heat is forecast five days ahead; searches are counted a day later, and so known of no day ahead."""
    rows = [(day(d), "", "heat", d % 30, day(max(d - 5, 0))) for d in range(DAYS)]
    rows += [(day(d), "", "searches", d % 7, day(d + 1)) for d in range(DAYS)] + [(day(3), "", "rare", 1, day(3))]
    files = {"regressors.csv": csv_text(["day", "region", "name", "value", "known_on"], *rows)}
    shop = shop_of("signalled", planted[0], files).seen_on(FIRST + dt.timedelta(days=150))
    panel = load_panel(shop)
    found = signals(shop, panel)
    assert set(found) == {"heat", "searches"}
    values, told = found["heat"]
    assert (values[155], told[155], np.isnan(values[156])) == (155 % 30, 150, True)
    table = features(known(panel, found), 151, np.array([0]))
    assert table["outside heat"].iloc[0] == 151 % 30
    assert np.isnan(table["outside searches"].iloc[0])
    assert not np.isnan(table["late searches"].iloc[0])
    back = look_back(shop, FIRST + dt.timedelta(days=120), panel)
    assert {TREES, WITH_SIGNALS} <= set(back.forecasts)
    assert (back.forecasts[TREES] != back.forecasts[WITH_SIGNALS]).any()


def test_what_came_is_what_sold_and_the_rest_of_a_category_what_is_left(planted):
    units, _ = planted
    shop = shop_of("came", units)
    later = load_panel(shop)
    earlier = load_panel(shop.seen_on(FIRST + dt.timedelta(days=ORIGIN - 1)), most=10)
    wanted, is_out = came(earlier, later)
    assert wanted.sum() == units[:, ORIGIN : ORIGIN + HORIZON].sum()
    first = int(earlier.skus["sku"][0][1:])
    np.testing.assert_array_equal(wanted[0], units[first, ORIGIN : ORIGIN + HORIZON])
    assert not is_out.any()


def test_origins_lie_a_horizon_apart_and_the_last_is_over_today():
    assert days_before(dt.date(2024, 6, 30), 2) == [dt.date(2024, 5, 5), dt.date(2024, 6, 2)]


def test_looking_back_forecasts_by_every_method_made_for_the_class(planted):
    shop = shop_of("back", planted[0])
    found = look_back(shop, FIRST + dt.timedelta(days=ORIGIN - 1), load_panel(shop))
    assert set(found.forecasts) == {TREES, BLEND, "seasonal naive", "ets", "tsb", "adida", "imapa"}
    smooth = np.isin(found.kind, ["smooth", "erratic"])
    assert found.forecasts["ets"][smooth].sum() > 0
    assert found.forecasts["tsb"][smooth].sum() == 0
    by_hand = 0.7 * found.forecasts[TREES] + 0.3 * found.forecasts["ets"]
    np.testing.assert_allclose(found.forecasts[BLEND][smooth], by_hand[smooth])
    np.testing.assert_allclose(found.weight.sum(), 10 * planted[0][:, ORIGIN - 28 : ORIGIN].sum())


def test_a_delisted_sku_is_forecast_nothing(planted):
    units = planted[0].copy()
    units[5, 90:] = 0
    panel = load_panel(shop_of("delisted", units))
    told = known(panel)
    place = panel.skus.index[panel.skus["sku"] == "s5"][0]
    assert learn(told).predict(told)[place].sum() == 0


def test_the_shares_of_what_trees_explain_sum_to_1(planted):
    gains = learn(known(load_panel(shop_of("gains", planted[0])))).gains
    assert isinstance(gains, pd.Series)
    assert gains.sum() == pytest.approx(1)
