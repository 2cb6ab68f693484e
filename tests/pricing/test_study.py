"""A made shop studied once: its price list keeps the rules, says what it rests on, and is withheld where it may not be trusted."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from by_hand import csv_text, lay_out
from goods_by_hand import WEEKDAY, day, shop_of
from shopkeeper import decisions
from shopkeeper.claims import MEASURES
from shopkeeper.pricing import elasticity_report, explore, list_report, summary, told
from shopkeeper.pricing.in_force import decided_prices, with_prices_in_force
from shopkeeper.pricing.markdown import clearance
from shopkeeper.pricing.markdown_goods import goods_to_clear, weekly_demand
from shopkeeper.pricing.offers import cheapest
from shopkeeper.pricing.study import study
from shopkeeper.report.words import Words

DAYS, SKUS, SLOPE, STEP = 238, 12, -2.5, 0.1
EN, ZH = Words("en", "CNY"), Words("zh", "CNY")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Twelve SKUs in two categories; every third week a price is a fifth off, and s11's never moves. A rival asks 9 of s0; s1 is nearly gone."""
    with pytest.MonkeyPatch.context() as patch:
        lay_out(tmp_path_factory.mktemp("prices"), patch)
        draw = np.random.default_rng(3)
        off = (draw.random((SKUS, DAYS // 7)) < 0.35) & (np.arange(SKUS) < SKUS - 1)[:, None]
        price = np.where(off, 8.0, 10.0).repeat(7, axis=1)
        level = draw.gamma(3, 3, SKUS)[:, None] * WEEKDAY[np.arange(DAYS) % 7]
        units = draw.poisson(level * (price / 10) ** SLOPE)
        first = [
            (day(7 * w), f"s{s}", "shop", price[s, 7 * w], day(7 * w)) for s in range(SKUS) for w in range(DAYS // 7)
        ]
        rival = [(day(DAYS - 3), "s0", "rival", 9.0, day(DAYS - 3)), (day(DAYS - 5), "s0", "other", 9.5, day(DAYS - 5))]
        rival += [(day(DAYS - 60), "s2", "rival", 1.0, day(DAYS - 60))]
        stock = [(day(d), f"s{s}", "w", 3 if s == 1 else 900) for s in range(SKUS) for d in range(DAYS - 10, DAYS)]
        files = {
            "prices.csv": csv_text(["day", "sku", "seller", "price", "known_on"], *first, *rival),
            "stock.csv": csv_text(["day", "sku", "warehouse", "on_hand"], *stock),
        }
        yield study(shop_of("shop", units, files), 1, STEP)


def text(sentence, words=EN):
    return words.text(sentence)


def test_the_price_list_keeps_the_rules_and_its_file_holds_every_sku(found):
    title, rows = told.prices(found)
    every = found.prices.rows
    assert (abs(every.new / every.price - 1) <= STEP + 1e-9).all()
    assert len(rows) == every.is_safe.sum() > 0
    assert text(title).startswith(f"{len(rows)} prices to change, ")
    file = list_report.file_rows(found)
    assert file.is_safe.sum() == len(rows)
    assert set(file["sku"]) == set(every["sku"][~every.is_cleared])
    assert not every.set_index("sku").is_safe["s11"]  # a price that never moved
    assert "Of 1 SKUs the price never moved" in " ".join(text(each) for each in list_report.notes(found, rows))


def test_half_of_the_categories_begins_and_half_of_the_skus_where_none_takes_from_another(found):
    apart = replace(found.learnt.elasticities, of=found.learnt.elasticities.of.assign(market=0))
    apart = replace(found, learnt=replace(found.learnt, elasticities=apart))
    _, rows = told.prices(found)
    for each, whose, others in ((found, "categories", "SKUs"), (apart, "SKUs", "categories")):
        notes = " ".join(text(note) for note in list_report.notes(each, rows))
        check = text(list_report.decisions(each, rows, each.tests.head(0))[0].check)
        assert f"Begin with half of the {whose}" in notes
        assert f"beside that of {whose} not changed yet" in check
        assert f"half of the {others}" not in notes


def test_what_lies_too_long_is_left_to_its_own_section(found):
    """900 lie of each SKU: of those that sell five a day or fewer that is more than half a year's."""
    cleared = found.cleared.kept
    daily = found.forecast.agreed.of_skus.mean(axis=1)
    slow = set(found.forecast.panel.skus["sku"][180 * daily < 900]) - {"s1"}  # of which 3 lie there
    assert set(cleared.rows["sku"]) == slow
    assert cleared.slow == len(slow) > 0
    every = found.prices.rows
    assert set(every["sku"][every.is_cleared]) == slow
    assert not every.is_safe[every.is_cleared].any()
    assert not set(found.tests["sku"]) & slow
    assert f"{len(slow)} SKUs that lie too long are left out" in " ".join(
        text(each) for each in list_report.notes(found, told.prices(found)[1])
    )
    title, rows = told.cleared(found)
    assert (np.array([path[-1] for path in rows.path]) >= 8.0).all()  # nobody has seen less
    assert "180 days" not in text(title)  # something lies too long
    assert "how low to go" not in " ".join(text(each) for each in summary.unknown(found))


def test_offers_know_the_cheapest_rival_of_late_and_what_can_be_sold(found):
    assert cheapest(found.shop).to_dict("records") == [{"sku": "s0", "competitor": 9.0}]
    stock = found.prices.rows.set_index("sku").stock
    assert (
        stock["s1"] < 0.75 * found.prices.rows.set_index("sku").units["s1"]
    )  # what lies there, and what an order brings after a fortnight
    assert stock["s0"] > 900


def test_decisions_and_tiles_tell_the_same_gain(found):
    rows, tests = told.prices(found)[1], told.tests(found)[1]
    [first, *_] = summary.decisions(found, rows, tests)
    assert first.gain == pytest.approx(found.prices.total.mean())
    assert first.gain_low < first.gain < first.gain_high
    assert "(an association)" in text(first.assumptions)
    tiles = summary.tiles(found, rows)
    assert 3 <= len(tiles) <= 5
    assert tiles[0][1].value == pytest.approx(first.gain)
    assert text(summary.headline(found, rows)) == text(told.prices(found)[0])


def test_what_may_not_be_trusted_is_not_decided_on(found):
    late = replace(found, learnt=replace(found.learnt, errors=None))
    rows, tests = told.prices(late)[1], told.tests(late)[1]
    assert rows.empty
    assert summary.decisions(late, rows, tests) == []
    assert not list_report.file_rows(late).is_safe.any()
    assert "too short" in text(elasticity_report.errors_told(late)[0])
    assert text(summary.headline(late, rows)).startswith("Of goods worth")
    shaken = replace(found.learnt.elasticities, checks={"r_hat": 1.2, "ess": 50.0, "divergences": 3.0})
    is_fine, said = elasticity_report.checked(replace(found, learnt=replace(found.learnt, elasticities=shaken)))
    assert not is_fine
    assert "R-hat 1.2" in text(said)


def test_claims_are_of_measures_that_can_be_scored(found):
    made = summary.claims(found)
    assert {one.measure for one in made} == {"units_sold", "sku_gross_margin"}
    assert all(one.low <= one.predicted <= one.high for one in made)
    margins = {one.subject: one for one in made if one.measure == "sku_gross_margin"}
    units = {one.subject: one for one in made if one.measure == "units_sold"}
    assert margins["s0"].naive == pytest.approx((10 - 4) * units["s0"].naive)
    before = replace(margins["s0"], starts_on=found.shop.as_of.replace(day=1), ends_on=found.shop.as_of)
    sold = MEASURES["units_sold"](found.shop, before)
    assert MEASURES["sku_gross_margin"](found.shop, before) == pytest.approx((10 - 4) * sold)


def test_the_demand_curve_falls_and_says_what_a_price_brings(found):
    place = int(np.flatnonzero(found.prices.rows["sku"] == "s0")[0])
    curve = explore.curve_of(found, place)
    assert (np.diff(curve.units.mean(axis=0)) < 0).all()
    at = np.abs(curve.prices - curve.today).argmin()
    assert curve.units.mean(axis=0)[at] == pytest.approx(found.prices.rows.units[place], rel=0.1)
    assert text(explore.told(found, curve, place, curve.today)).startswith(
        f"At {EN.value(list_report.price(curve.today))}"
    )
    explore.plot_curve(curve, 1.1 * curve.today, ZH)


def test_elasticities_are_told_as_how_much_more_is_sold(found):
    title, rows = told.elasticities(found)
    assert rows.elasticity.tolist() == pytest.approx([-SLOPE, -SLOPE], abs=0.5)
    assert (rows.together <= rows.elasticity + 0.3).all()
    assert text(title).startswith("1% off the price of one SKU goes with 2.")
    assert "Too few categories" in " ".join(text(each) for each in elasticity_report.variation_told(found))


def test_a_price_list_marked_done_sets_the_prices_in_force_and_what_is_claimed(found):
    rows = told.prices(found)[1]
    [first, *_] = summary.decisions(found, rows, told.tests(found)[1])
    brand, as_of = found.shop.brand, found.shop.as_of
    offers = found.prices.rows.drop(columns="seen")
    assert decided_prices(found.shop) == {}
    decisions.record(brand, "05_pricing", as_of, {"decisions": [first.as_dict()]})
    [row] = decisions.read(brand, "decisions")
    decisions.decide(brand, row["id"], "done", as_of)
    new = dict(zip(rows["sku"], rows.new, strict=True))
    assert decided_prices(found.shop) == new
    priced, demand, moved = with_prices_in_force(found.shop, offers, found.demand)
    assert priced.price.tolist() == [
        new.get(sku, price) for sku, price in zip(offers["sku"], offers.price, strict=True)
    ]
    np.testing.assert_allclose(demand.units, found.demand.units * moved)
    dearer = (priced.price > priced.seen).to_numpy()
    assert dearer.any()
    later = replace(found, moved=moved, prices=replace(found.prices, rows=found.prices.rows.assign(price=priced.price)))
    told_before, told_after = (
        {(one.subject, one.measure): one.predicted for one in summary.claims(each)} for each in (found, later)
    )
    for sku, ratio in zip(priced["sku"], moved.mean(axis=0), strict=True):
        assert told_after[sku, "units_sold"] == pytest.approx(told_before[sku, "units_sold"] * ratio, rel=0.02)
    decisions.decide(brand, row["id"], "declined", as_of)
    assert decided_prices(found.shop) == {}
    decisions.decide(brand, row["id"], "done", as_of - dt.timedelta(days=20))  # every SKU has a price posted since
    assert decided_prices(found.shop) == {}


def test_loyal_buyers_are_told_of_where_customers_are_named(found):
    of = replace(found.learnt.elasticities, loyalty=np.full(len(found.learnt.elasticities.of), 0.2))
    loyal = replace(found, learnt=replace(found.learnt, elasticities=of))
    assert "20% take the product that they had" in text(elasticity_report.variation_told(loyal)[-1])
    nobody = replace(of, loyalty=0 * of.loyalty)
    said = [
        text(each)
        for each in elasticity_report.variation_told(replace(found, learnt=replace(found.learnt, elasticities=nobody)))
    ]
    assert not any("the product that they had" in each for each in said)


def test_where_nothing_lies_too_long_nothing_is_marked_down(found):
    untold = found.prices.rows.assign(carried=0.0, is_tried=False)
    goods = goods_to_clear(found.shop, found.forecast, untold, found.learnt.panel)
    wanted = weekly_demand(found.forecast, goods.rows, 1)
    assert wanted.rates.shape[1] == 0
    assert clearance(goods, wanted, found.learnt.elasticities, found.rules).kept.down.empty


def test_without_categories_of_a_few_skus_no_substitutes_are_told_of(found):
    of = found.learnt.elasticities
    alone = replace(found, learnt=replace(found.learnt, elasticities=replace(of, of=of.of.assign(market=0), markets=0)))
    assert any(
        "none is taken for another's substitute" in text(each) for each in elasticity_report.variation_told(alone)
    )
    assert not any("none is taken" in text(each) for each in elasticity_report.variation_told(found))
