"""Response curves made by hand: chains of straight steps, and saturating draws of known truth."""

import numpy as np
from shopkeeper.attribution.curves import Curves


def straight(levels: list[float], *draws: dict[str, list[float]], **more) -> Curves:
    """Curves through what each channel brings at the same levels of spend, draw by draw; 10 planned each, nothing forbidden.

    more: other fields of Curves, by channel.
    """
    names = tuple(draws[0])
    spend = np.repeat(np.array(levels, float)[:, None], len(names), axis=1)
    brings = np.array([[draw[name] for name in names] for draw in draws], float).transpose(0, 2, 1)
    fields = {"now": [10.0] * len(names), "low": spend[0], "high": spend[-1], "seen": spend[-1]} | more
    return Curves(names, spend, brings, **{k: v if k == "weeks" else np.array(v, float) for k, v in fields.items()})


def saturating(draws: int, channels: int, levels: int, spread: float, seed: int = 1) -> Curves:
    """β tanh(λ x / 2), with log-normal return as planned and λ; spread: of the draws of a channel's return about its own."""
    draw = np.random.default_rng(seed)
    now = draw.uniform(20_000, 200_000, channels)
    seen = now * draw.uniform(1.1, 2, channels)
    rate = draw.lognormal(0, 0.3, (draws, channels)) * 2 / now
    planned = draw.lognormal(draw.normal(0.3, 0.5, channels), spread, (draws, channels)) * now
    spend = np.linspace(0, seen, levels)
    brings = (planned / np.tanh(rate * now / 2))[:, None] * np.tanh(rate[:, None] * spend / 2)
    return Curves(tuple(f"channel {n}" for n in range(channels)), spend, brings, now, 0 * now, seen, seen)
