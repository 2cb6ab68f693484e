"""Repeat buyers of known truth, made without the library: their pace, how they leave, and every day on which they order."""

import numpy as np
import pandas as pd

Floats = np.ndarray
Draw = np.random.Generator


def buy(
    draw: Draw, age: Floats, pace: Floats, leaves: Floats | None, stays: Floats | None, ahead: float
) -> pd.DataFrame:
    """Histories up to now (frequency, recency, T in days), and `later`, order days within `ahead` days from now.

    age: days since the first order; pace: orders a day. leaves: the chance to leave after each repeat order (BG/NBD);
    or stays: days from the first order until a customer leaves (Pareto/NBD and others).
    """
    size = len(age)
    frequency, recency, later, now = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size)
    active = np.ones(size, bool)
    until = np.full(size, np.inf) if stays is None else stays
    while active.any():
        now = np.where(active, now + draw.exponential(1 / pace), now)
        active &= (now <= until) & (now <= age + ahead)
        is_past = active & (now <= age)
        frequency, recency = frequency + is_past, np.where(is_past, now, recency)
        later += active & (now > age)
        if leaves is not None:
            active &= draw.random(size) >= leaves
    return pd.DataFrame({"frequency": frequency, "recency": recency, "T": age, "later": later})


def bgnbd(draw: Draw, age: Floats, r: float, alpha: Floats, a: Floats, b: Floats, ahead: float) -> pd.DataFrame:
    """Customers of BG/NBD with these parameters, one of each customer; alpha in days."""
    return buy(draw, age, draw.gamma(r, size=len(age)) / alpha, draw.beta(a, b), None, ahead)


def leaving_by_age(draw: Draw, age: Floats, r: float, alpha: Floats, life: Floats, ahead: float) -> pd.DataFrame:
    """Another way to leave: after a Weibull number of days of mean `life`, most of them early, whether one orders or not."""
    stays = life * draw.weibull(0.7, len(age)) / 1.2658
    return buy(draw, age, draw.gamma(r, size=len(age)) / alpha, None, stays, ahead)
