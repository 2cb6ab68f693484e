"""The planted segments: how each buys, when, what, and what it sends back."""

from dataclasses import dataclass, fields, replace

import numpy as np

from shopkeeper.simulate.draws import Floats

# In the order of catalogue.CATEGORIES: serum, cream, mask, cleanser, sunscreen, make-up, body, gift sets.
Eight = tuple[float, float, float, float, float, float, float, float]


@dataclass(frozen=True)
class Segment:
    """One way of buying. Every number is above 0, so that segments blend geometrically.

    share: of customers, before channels shift it. r, alpha: purchase rate per day ~ Gamma(r, rate alpha).
    a, b: chance to leave after a repeat purchase ~ Beta(a, b) (BG/NBD). regularity: shape of the gamma time between
    purchases; 1 is Poisson. price: multiplies SKUs' elasticities; scaled so that the planted segments' geometric mean by
    share is 1. deals: share who buy in promotions or with a coupon only. promotion, waiting: how strongly promotions bring extra purchases, and move them.
    coupon: chance to hold one. novelty: log odds for a SKU launched in the last 60 days; actives: for one with a high
    dose of active ingredient. loyalty: spread of lasting liking of single SKUs. basket: lines beyond the first.
    returns: relative return rate. hour: of the day around which it buys. gifting: weight of sets before festivals. reading: mean time
    on a product's page, relative to the usual.
    """

    name: str
    share: float
    r: float
    alpha: float
    a: float
    b: float
    regularity: float
    price: float
    deals: float
    promotion: float
    waiting: float
    coupon: float
    novelty: float
    actives: float
    loyalty: float
    basket: float
    returns: float
    hour: float
    gifting: float
    reading: float
    categories: Eight


SEGMENTS = (
    Segment("折扣敏感", 0.28, 0.31, 75, 1.1, 2.6, 1, 1.35, 0.30, 2.6, 2.4, 0.60, 0.2, 0.1, 0.2, 0.55, 1.25, 21.3, 1, 1,
            (1.0, 0.9, 1.9, 1.2, 0.8, 2.0, 1.4, 0.15)),
    Segment("新品探索", 0.18, 0.38, 75, 1.2, 3.2, 1, 0.90, 0.03, 0.8, 0.6, 0.25, 1.9, 0.2, 0.2, 0.60, 1.50, 22.6, 1, 1,
            (0.8, 0.6, 1.0, 0.5, 0.6, 3.0, 0.6, 0.30)),
    Segment("成分研究", 0.16, 0.42, 85, 0.9, 3.6, 1, 0.85, 0.02, 0.6, 0.8, 0.15, 0.3, 1.5, 0.3, 0.35, 0.45, 23.0, 1, 3,
            (4.2, 0.9, 0.4, 0.5, 2.6, 0.15, 0.15, 0.10)),
    Segment("安静常客", 0.24, 0.68, 85, 0.6, 6.0, 2, 0.85, 0.01, 0.3, 0.3, 0.12, 0.1, 0.2, 0.6, 0.25, 0.50, 11.0, 1, 1,
            (1.0, 2.6, 0.5, 2.8, 0.8, 0.5, 0.9, 0.10)),
    Segment("送礼", 0.14, 0.29, 110, 0.9, 2.5, 1, 0.90, 0.06, 1.0, 0.8, 0.15, 0.3, 0.1, 0.2, 0.40, 0.80, 14.5, 3, 1,
            (0.5, 0.5, 0.4, 0.2, 0.2, 1.8, 0.8, 3.20)),
    Segment("囤货", 0.10, 0.90, 260, 0.5, 6.0, 1, 1.20, 0.20, 3.5, 2.6, 0.50, 0.1, 0.2, 0.4, 2.20, 0.60, 20.5, 1, 1,
            (1.0, 1.2, 2.6, 1.8, 1.2, 0.4, 2.2, 0.30)),
    Segment("尝鲜一次", 0.12, 0.12, 110, 3.0, 1.5, 1, 1.10, 0.05, 0.4, 0.4, 0.45, 0.9, 0.2, 0.2, 0.15, 1.10, 22.0, 1, 1,
            (0.8, 0.5, 2.2, 1.0, 0.8, 1.6, 0.6, 0.05)),
)  # fmt: skip

ALL = "全体"
_USUAL = 5  # segments that a world has unless told otherwise; the average is taken over these at least


def planted(count: int, separation: float) -> tuple[Segment, ...]:
    """The first `count` segments, each drawn towards the average by 1 - separation; with one, the average alone."""
    average = _average(SEGMENTS[: max(count, _USUAL)])
    if count == 1:
        return _scaled((average,))
    return _scaled(tuple(_blend(average, segment, separation) for segment in SEGMENTS[:count]))


def _scaled(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Segments whose price factors are 1 in the mean, so that SKUs' elasticities are what they are called."""
    mean = np.exp(np.average(np.log(column(segments, "price")), weights=column(segments, "share")))
    return tuple(replace(segment, price=float(segment.price / mean)) for segment in segments)


def column(segments: tuple[Segment, ...], name: str) -> Floats:
    """One number of every segment, in their order."""
    return np.array([getattr(segment, name) for segment in segments], np.float64)


def _average(segments: tuple[Segment, ...]) -> Segment:
    """The geometric mean of segments, by share; it buys at random times, so that BG/NBD holds exactly."""
    shares = column(segments, "share") / column(segments, "share").sum()
    means = {
        field.name: np.exp(shares @ np.log(column(segments, field.name)))
        for field in fields(Segment)
        if field.name not in {"name", "share"}
    }
    return _segment(ALL, 1.0, means | {"regularity": np.ones(())})


def _blend(average: Segment, own: Segment, separation: float) -> Segment:
    numbers = {
        field.name: np.asarray(getattr(average, field.name)) ** (1 - separation)
        * np.asarray(getattr(own, field.name)) ** separation
        for field in fields(Segment)
        if field.name not in {"name", "share"}
    }
    return _segment(own.name, own.share, numbers)


def _segment(name: str, share: float, numbers: dict[str, Floats]) -> Segment:
    eight = tuple(float(weight) for weight in numbers["categories"])
    plain = {key: float(value) for key, value in numbers.items() if key != "categories"}
    return Segment(name=name, share=share, categories=eight, **plain)  # type: ignore[arg-type]
