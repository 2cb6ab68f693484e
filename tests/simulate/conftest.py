import hashlib
from pathlib import Path

import numpy as np
import pytest
from shopkeeper.simulate import World, live, simulate
from shopkeeper.simulate.arrivals import check_arrivals, make_arrivals
from shopkeeper.simulate.choices import make_requests
from shopkeeper.simulate.occasions import make_occasions
from shopkeeper.simulate.people import make_people
from shopkeeper.simulate.prices import weeks
from shopkeeper.simulate.scene import set_scene

SMALL = {"customers": 300, "skus": 40}


@pytest.fixture(scope="session")
def aurora(tmp_path_factory):
    """A small world's folder, and its history."""
    folder = tmp_path_factory.mktemp("aurora")
    return folder, simulate(folder, World(**SMALL))


@pytest.fixture(scope="session")
def brand():
    """A world with about as many customers to a SKU as the full one has."""
    return live(World(customers=4000, skus=50))


def digests(folder: Path) -> dict[str, str]:
    """The hash of every raw file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((folder / "raw").iterdir())}


@pytest.fixture
def written(tmp_path):
    """Simulate the small world with other settings, and give the hash of every raw file."""

    def write(arrivals=None, **settings):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        simulate(folder, World(**(SMALL | {"paired_promotions": False} | settings)), arrivals)
        return digests(folder)

    return write


@pytest.fixture
def standard(aurora):
    """The hash of every raw file of the small world."""
    return digests(aurora[0])


# Tastes and elasticities alike, no promotions: what the promise of an exact elasticity speaks of.
ALIKE = {
    "skus": 16, "categories": 2, "customers": 25_000, "segment_separation": 0, "taste": 0, "promotions": False, "marketing": False,
    "elasticity_category_sd": 0, "elasticity_sku_sd": 0,
}  # fmt: skip


@pytest.fixture
def weekly():
    """Make units wanted, price, cost, and how far the cheapest competitor is below, in logs, by week and SKU, within each week of a
    category and each SKU; of the SKUs that sell enough for logs.
    """

    def make(**settings):
        scene = set_scene(World(**(ALIKE | settings)))
        skus, units = scene.catalogue.skus, units_by_week(scene)
        monday = np.flatnonzero(np.diff(weeks(scene.world), prepend=-1))[: len(units)]
        often = ((skus.launched < -60) & (np.median(units, axis=0) > 20)).to_numpy()
        price, cost = scene.prices.price[monday], scene.cost[monday]
        tables = {"units": np.maximum(units, 1), "price": price, "cost": cost}
        tables["below"] = np.maximum(price / scene.cheapest[monday], 1)
        return {name: within(np.log(of[:, often]), skus.category.to_numpy()[often]) for name, of in tables.items()}

    return make


def units_by_week(scene):
    """Weeks × SKUs, the last week, which is no whole one, left out."""
    world, week = scene.world, weeks(scene.world)
    arrivals = check_arrivals(world, scene.segments, make_arrivals(world, scene.draws, scene.segments, scene.events))
    people = make_people(world, scene.draws, scene.segments, arrivals)
    requests, _ = make_requests(scene, people, make_occasions(scene, people)[0])
    units = np.zeros((week[world.days] + 1, len(scene.catalogue.skus)))
    np.add.at(units, (week[requests.day], requests["sku"]), requests.quantity)
    return units[: week[world.days - 1]]


def within(table, category):
    for number in np.unique(category):
        mine = category == number
        table[:, mine] -= table[:, mine].mean(axis=1, keepdims=True)
    return table - table.mean(axis=0)
