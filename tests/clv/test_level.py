"""The level of the whole shop: what was missed a year ago is the season, and what was missed beyond it the shock."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from repeat_buyers import bgnbd
from shopkeeper.clv.level import Level, levels, misses
from shopkeeper.clv.origins import Origin

TODAY = dt.date(2025, 1, 1)
STRETCHES = 1 + 3 * 28 / 91  # of 13 weeks, four weeks apart, as far as they do not overlap
USUALLY = 0.18 / np.sqrt(1 + STRETCHES)  # beside earlier weeks in which nothing was missed


def missed(lately: list[float], before: list[float] | None = None, today: float | None = None, error: float = 0.0):
    """What was missed 13 weeks ago and four, eight… weeks before that, in the same weeks a year before, and a year before today."""
    days = [TODAY - dt.timedelta(days=91 + 28 * k) for k in range(len(lately))]
    rows = list(zip(days, lately, strict=True))
    rows += [(day - dt.timedelta(days=364), miss) for day, miss in zip(days, before or [], strict=False)]
    rows += [] if today is None else [(TODAY - dt.timedelta(days=364), today)]
    return pd.DataFrame([(day, 13, miss, error) for day, miss in rows], columns=["day", "weeks", "miss", "error"])


def test_what_a_year_ago_tells_is_no_shock():
    found = levels(missed([0.3, -0.2, 0.1, 0.0], [0.3, -0.2, 0.1, 0.0], today=0.25), TODAY)[13]
    assert found.season == pytest.approx(0.25)
    assert found.shock == pytest.approx(USUALLY)  # nothing was missed, but a few still months are no proof


def test_without_a_year_before_all_that_was_missed_is_shock():
    found = levels(missed([0.3, -0.2, 0.1, 0.0]), TODAY)[13]
    assert found.season == 0.0
    assert found.shock == pytest.approx(np.sqrt((0.18**2 + STRETCHES * (0.09 + 0.04 + 0.01) / 4) / (1 + STRETCHES)))
    assert found.n == pytest.approx(1 + STRETCHES)


def test_what_chance_alone_misses_is_neither():
    found = levels(missed([0.1, -0.1, 0.1, -0.1], today=0.1, error=0.01), TODAY)[13]
    assert found.shock == pytest.approx(USUALLY)
    assert found.season == pytest.approx(0.05)  # as likely chance as season: half of it counts


def test_it_moves_evenly_about_the_season():
    moves = Level(season=np.log(2), shock=0.1, n=4.0).moves(1_001)
    assert np.median(moves) == pytest.approx(2.0)
    assert np.log(moves / 2).mean() == pytest.approx(0.0, abs=1e-9)


def test_a_shop_that_halves_is_missed_by_half():
    draw, size = np.random.default_rng(1), 4_000
    age = np.floor(draw.uniform(30, 500, size))
    known = bgnbd(draw, age, 0.7, np.full(size, 40.0), np.full(size, 0.8), np.full(size, 2.5), 91.0)
    half = pd.DataFrame({13: draw.binomial(known.later.astype(int), 0.5).astype("float64")})
    told = misses([Origin(TODAY, known, half, known.later)], "bgnbd")
    assert told.weeks.tolist() == [13]
    assert told.miss[0] == pytest.approx(np.log(0.5), abs=0.08)
    assert 0 < told.error[0] < 0.002
