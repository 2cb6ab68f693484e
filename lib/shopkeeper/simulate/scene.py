"""The scene: all of a world that stands before anybody buys."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import expit, logit

from shopkeeper.simulate.catalogue import Catalogue, make_catalogue
from shopkeeper.simulate.competitors import competitor_prices
from shopkeeper.simulate.costs import make_costs
from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.prices import Prices, make_prices, make_standing, room
from shopkeeper.simulate.promotions import Promotion, calendar, depths
from shopkeeper.simulate.segments import Segment, planted
from shopkeeper.simulate.world import World


@dataclass(frozen=True)
class Scene:
    """Segments, promotions with the depth of each SKU in them (events × SKUs), SKUs and prices of a world.

    pull: of each promotion, its size times the depth really on offer, as a multiple of its usual one. cost: days × SKUs, of one
    unit, fen. rivals: days × SKUs × competitors, what each asks, fen; infinite where it does not sell the SKU.
    """

    world: World
    draws: Draws
    segments: tuple[Segment, ...]
    events: tuple[Promotion, ...]
    pull: Floats
    catalogue: Catalogue
    prices: Prices
    cost: Ints
    rivals: Floats

    @property
    def depth(self) -> Floats:
        """Events × SKUs: share of the list price that the promotion takes off; 0 where the SKU takes no part."""
        return self.prices.depth

    @cached_property
    def nests(self) -> Floats:
        """By category, how far its demand follows its inclusive value."""
        apart = self.draws.normal("nest", np.arange(self.world.categories))
        return np.asarray(expit(logit(self.world.nest) + self.world.nest_sd * apart), np.float64)

    @property
    def nest(self) -> Floats:
        """By SKU, that of its category."""
        return np.asarray(self.nests[self.catalogue.skus.category], np.float64)

    @cached_property
    def cheapest(self) -> Floats:
        """Days × SKUs: what the cheapest competitor asks, fen; infinite where none sells the SKU."""
        return np.asarray(self.rivals.min(axis=2, initial=np.inf), np.float64)


def set_scene(world: World) -> Scene:
    """The scene that follows from a world."""
    draws = Draws(world.seed)
    segments = planted(world.segments, world.segment_separation)
    return _held(world, draws, segments, make_catalogue(world, draws), calendar(world))


def without(scene: Scene, number: int) -> Scene:
    """The same scene, one of its promotions left out; all draws of the others stay."""
    events = tuple(replace(event, size=0.0) if n == number else event for n, event in enumerate(scene.events))
    return _held(scene.world, scene.draws, scene.segments, scene.catalogue, events)


def _held(
    world: World, draws: Draws, segments: tuple[Segment, ...], catalogue: Catalogue, events: tuple[Promotion, ...]
) -> Scene:
    planned = depths(draws, events, catalogue.skus.launched.to_numpy())
    cost = make_costs(world, draws, catalogue)
    standing = make_standing(world, draws, catalogue.skus, cost)
    prices = make_prices(standing, events, planned)
    rivals = competitor_prices(world, draws, standing, events)
    # What is off the list price whether there is a promotion or not draws nobody to it.
    off = np.where(prices.depth > 0, prices.depth - (1 - prices.depth) * np.expm1(room(world)), 0.0)
    return Scene(world, draws, segments, events, _pull(catalogue, events, off), catalogue, prices, cost, rivals)


def _pull(catalogue: Catalogue, events: tuple[Promotion, ...], depth: Floats) -> Floats:
    """Each promotion's size times the depth on offer, below the usual price, averaged by appeal within categories, against its usual one."""
    category = catalogue.skus.category.to_numpy()
    appeal = np.exp(catalogue.skus.appeal.to_numpy())
    weight = appeal / np.bincount(category, appeal)[category]
    offered = depth @ weight / weight.sum()
    return np.array([e.size * o / (e.depth * e.breadth) for e, o in zip(events, offered, strict=True)], np.float64)
