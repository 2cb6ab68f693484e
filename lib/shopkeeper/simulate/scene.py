"""The scene: all of a world that stands before anybody buys."""

from dataclasses import dataclass

from shopkeeper.simulate.catalogue import Catalogue, make_catalogue
from shopkeeper.simulate.draws import Draws, Floats
from shopkeeper.simulate.prices import Prices, make_prices
from shopkeeper.simulate.promotions import Promotion, calendar, depths
from shopkeeper.simulate.segments import Segment, planted
from shopkeeper.simulate.world import World


@dataclass(frozen=True)
class Scene:
    """Segments, promotions with the depth of each SKU in them (events × SKUs), SKUs and prices of a world."""

    world: World
    draws: Draws
    segments: tuple[Segment, ...]
    events: tuple[Promotion, ...]
    depth: Floats
    catalogue: Catalogue
    prices: Prices


def set_scene(world: World) -> Scene:
    """The scene that follows from a world."""
    draws = Draws(world.seed)
    segments, events = planted(world.segments, world.segment_separation), calendar(world)
    catalogue = make_catalogue(world, draws)
    depth = depths(draws, events, catalogue.skus.launched.to_numpy())
    prices = make_prices(world, draws, catalogue.skus, events, depth)
    return Scene(world, draws, segments, events, depth, catalogue, prices)
