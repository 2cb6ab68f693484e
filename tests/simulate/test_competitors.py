"""Other sellers' prices: told, plausible, and followed by customers as far as is planted."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from by_hand import lay_out
from shopkeeper.brand import load_brand
from shopkeeper.demand.daily import own_prices
from shopkeeper.ingest import import_brand
from shopkeeper.places import PROJECT
from shopkeeper.shop import Shop
from shopkeeper.simulate import World, live, simulate
from shopkeeper.simulate.choices import make_requests
from shopkeeper.simulate.names import COMPETITORS
from shopkeeper.simulate.scene import set_scene, without


@pytest.fixture(scope="module")
def scene():
    return set_scene(World(skus=120))


def test_some_skus_are_sold_by_others_from_their_launch_on_at_prices_that_a_shop_would_write(scene):
    sold = np.isfinite(scene.rivals)
    assert sold.any(axis=0).mean(axis=0) == pytest.approx([0.5, 0.35, 0.25], abs=0.1)
    launched = scene.catalogue.skus.launched.to_numpy()
    day = np.arange(len(sold))[:, None, None]
    assert not (sold & (day < launched[:, None])).any()
    assert not (sold[:-1] & ~sold[1:]).any()  # who lists a SKU keeps it
    fen = scene.rivals[sold].astype(np.int64)
    assert ((fen % 1000 == 900) | (fen % 100 == 90)).all()


def test_their_prices_go_with_ours_and_are_now_and_then_the_lower_ones(scene):
    told = np.isfinite(scene.cheapest)
    own, other = (
        np.log(p / scene.catalogue.skus.list_fen.to_numpy())[told] for p in (scene.prices.price, scene.cheapest)
    )
    assert np.corrcoef(own, other)[0, 1] > 0.3
    assert 0.1 < (other < own).mean() < 0.4
    assert 0.05 < (own - other)[other < own].mean() < 0.2


def test_nobody_answers_to_a_promotion_of_ours(scene):
    changed = without(scene, 5)
    assert (changed.prices.price != scene.prices.price).any()
    assert (changed.rivals == scene.rivals).all()


def test_without_competitors_all_else_is_the_same_to_the_byte(standard, written):
    assert written(competitors=0) == {name: of for name, of in standard.items() if name != "competitor_prices.csv"}


def test_competition_moves_what_is_bought_and_not_what_is_told_of_prices(standard, written):
    moved = written(competition=4.0)
    same = {name for name in standard if moved[name] == standard[name]}
    assert {"competitor_prices.csv", "prices.csv", "products.csv", "promotions.csv", "media.csv"} <= same
    assert "ExportOrderList_2025H1.csv" not in same


def test_demand_falls_as_far_as_is_planted_where_another_is_cheaper(weekly):
    """Least squares of units wanted, by week, on price and on how far the cheapest is below, within category and SKU, to three
    standard errors.
    """
    rows = weekly(demand_shock=0, competition=3.0)
    known = np.c_[rows["price"].ravel(), rows["below"].ravel()]
    assert rows["below"].std() > 0.03
    own, other = np.linalg.lstsq(known, rows["units"].ravel(), rcond=None)[0]
    assert own == pytest.approx(-2.2, abs=0.15)
    assert other == pytest.approx(-3.0, abs=0.45)


@pytest.fixture(scope="module")
def contested():
    return live(World(customers=3000, skus=24, competition=3.0, marketing=False))


def test_the_marginal_elasticity_told_is_what_a_price_change_does_competitors_included(contested):
    scene, nest = contested.scene, contested.scene.world.nest
    share = np.where(contested.shares.share_undercut > 0.15, contested.shares.expected, 0)
    sku = int(share.argmax())
    price = scene.prices.price.copy()
    price[:, sku] = np.round(price[:, sku] * 1.005)
    dearer = replace(scene, prices=replace(scene.prices, price=price))
    _, shares = make_requests(dearer, contested.people, contested.occasions)
    before = make_requests(scene, contested.people, contested.occasions)[1]
    change = np.log(shares.expected[sku] / before.expected[sku]) / np.log(1.005)
    own = scene.catalogue.skus.elasticity[sku] * before.marginal(nest)[sku]
    assert change == pytest.approx(own - 3.0 * before.marginal_undercut(nest)[sku], rel=0.03)
    assert change < own - 0.2


def test_the_truth_tells_the_cheapest_and_what_is_lost_to_it(tmp_path, contested):
    history = simulate(tmp_path, replace(contested.scene.world, days=60, customers=50))
    told = pd.read_parquet(tmp_path / "truth" / "prices.parquet")
    rows = pd.read_csv(tmp_path / "raw" / "competitor_prices.csv", parse_dates=["day"])
    assert set(rows.seller) == set(COMPETITORS)
    assert (rows.known_on == rows.day.astype(str)).all()
    days = pd.date_range(history.scene.world.first_day, history.scene.world.last_day)
    path = rows.pivot(index="day", columns=["sku", "seller"], values="price").reindex(days).ffill()
    cheapest = path.T.groupby(level="sku").min().T.stack()
    known = told.dropna(subset="competitor").set_index(["day", "sku"])
    assert known.competitor.to_numpy() == pytest.approx(cheapest[known.index].to_numpy())
    lost = 3.0 * np.maximum(np.log(known.price / known.competitor), 0)
    assert known.lost_to_competitor.to_numpy() == pytest.approx(lost.to_numpy())
    assert (told.lost_to_competitor[told.competitor.isna()] == 0).all()
    assert lost.max() > 0.1


def test_the_brands_own_prices_are_read_as_if_no_other_were_told(tmp_path, monkeypatch):
    folder = lay_out(tmp_path, monkeypatch) / "data" / "aurora"
    folder.mkdir()
    (folder / "brand.toml").write_bytes((PROJECT / "data" / "aurora" / "brand.toml").read_bytes())
    simulate(folder, World(customers=50, skus=16, days=60, browsing=0))
    import_brand(load_brand("aurora"), dt.date(2025, 12, 1))
    shop = Shop("aurora")
    assert set(shop.load(shop.prices[["seller"]]).seller) == {"aurora", *COMPETITORS}
    read = shop.load(own_prices(shop.prices, [shop.brand.name, shop.brand.title]))
    own = pd.read_csv(folder / "raw" / "prices.csv")
    assert len(read) == (own.known_on <= str(shop.as_of)).sum()
    assert sorted(read.price) == sorted(own.price[own.known_on <= str(shop.as_of)])
