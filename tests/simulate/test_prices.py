import numpy as np
import pandas as pd
import pytest
from shopkeeper.simulate import World
from shopkeeper.simulate.prices import snapped
from shopkeeper.simulate.scene import set_scene


def test_prices_are_written_as_a_shop_would():
    yuan = [299.0, 298.9, 109.0, 108.99, 100.0, 99.95, 60.0, 59.89, 0.5]
    assert snapped(np.array([round(100 * y) for y in yuan])).tolist() == [
        29900, 28900, 10900, 9990, 9990, 9990, 5990, 5890, 90,
    ]  # fmt: skip


def test_every_price_ends_in_nine(brand):
    price = brand.scene.prices.price
    assert ((price % 1000 == 900) | (price % 100 == 90)).all()
    assert ((price % 100 == 0) | (price < 10_000)).all()


def test_a_third_of_the_weeks_are_below_the_list_price_by_a_size_that_shows():
    scene = set_scene(World(promotions=False))
    log = np.log(scene.prices.price / scene.catalogue.skus.list_fen.to_numpy())
    assert (log < 0).mean() == pytest.approx(0.35, abs=0.02)
    assert log[log < 0].max() < -0.05
    assert log.std() == pytest.approx(0.1, abs=0.03)  # snapping takes prices a little lower


def test_without_noise_every_price_is_the_list_price():
    scene = set_scene(World(promotions=False, price_noise=0))
    assert (scene.prices.price == scene.catalogue.skus.list_fen.to_numpy()).all()


def test_the_price_of_every_day_follows_from_the_changes_written(aurora):
    folder, history = aurora
    rows = pd.read_csv(folder / "raw" / "prices.csv", parse_dates=["day"])
    world, skus = history.scene.world, history.scene.catalogue.skus
    path = rows.pivot(index="day", columns="sku", values="price").reindex(
        pd.date_range(world.first_day, world.last_day)
    )
    path = path.ffill().reindex(columns=skus["sku"]).to_numpy()
    true = history.scene.prices.price[: world.days] / 100
    is_there = np.arange(world.days)[:, None] >= skus.launched.to_numpy()
    assert np.where(is_there, path - true, 0) == pytest.approx(0)
    assert np.isnan(path[~is_there]).all()
    changes = rows.sort_values("day").groupby("sku").price.diff()
    assert (changes.dropna() != 0).all()  # a row a change, and no other
    assert (rows.known_on == rows.day.astype(str)).all()
