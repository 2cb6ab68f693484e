"""The posterior: with maximum likelihood on CDNOW, levels drawn to each other, one compilation for all brands."""

import lifetimes
import numpy as np
import pandas as pd
import pytest
from repeat_buyers import bgnbd
from shopkeeper.clv import coarser, posterior
from shopkeeper.clv.fit import collapse, maximum_likelihood
from shopkeeper.clv.models import histories
from shopkeeper.clv.posterior import _compiled, sample
from shopkeeper.clv.unknowns import COMMON, likelihood

ALIKE = pd.DataFrame(index=[0])
CENTRED = np.array([[0.2, 0.9], [0.0, 1.0]])  # of two levels


@pytest.fixture(scope="module")
def cdnow():
    """CDNOW's customers, in days, alike ones in one row."""
    found = pd.read_csv(f"{lifetimes.__path__[0]}/datasets/cdnow_customers_summary.csv")
    return collapse(found.assign(recency=(found.recency * 7).round(), T=(found["T"] * 7).round())).assign(cell=0)


@pytest.mark.parametrize("model", ["bgnbd", "mbgnbd", "pareto_nbd"])
def test_on_cdnow_it_agrees_with_maximum_likelihood(cdnow, model):
    found, top = sample(model, cdnow, ALIKE, seed=1), maximum_likelihood(model, cdnow)
    assert found.is_sound, found.checks
    for draws, best in zip([found.first, *(each[:, 0] for each in found.others)], top.theta, strict=True):
        assert abs(draws.mean() - best) < draws.std()


def test_a_coarser_picture_of_many_rows_says_what_they_all_say(monkeypatch):
    """Of 2,000 customers in five levels of 40 to 1,000, one in five is sampled, bent to all."""
    draw, sizes = np.random.default_rng(2), np.array([1000, 600, 320, 40, 40])
    cell = np.repeat(np.arange(5), sizes)
    alpha = 40 * np.exp(0.4 * draw.normal(size=5))[cell]
    rows = bgnbd(draw, draw.uniform(60, 500, 2_000), 0.8, alpha, np.full(2_000, 0.8), np.full(2_000, 2.4), 0.0)
    levels = pd.DataFrame({"channel": [f"channel {number}" for number in range(5)]})
    monkeypatch.setattr(posterior, "_DRAWS", 600)
    whole = sample("bgnbd", rows.assign(cell=cell), levels, seed=1)
    monkeypatch.setitem(coarser.MOST, "bgnbd", 400)
    some = sample("bgnbd", rows.assign(cell=cell), levels, seed=1)
    paces, told = (np.log(each.first[:, None] / each.others[0]) for each in (whole, some))
    assert (told.mean(axis=0) - paces.mean(axis=0)) / paces.std(axis=0) == pytest.approx(np.zeros(5), abs=0.25)
    assert told.std(axis=0) / paces.std(axis=0) == pytest.approx(np.ones(5), abs=0.25)


@pytest.mark.parametrize("model", ["mbgnbd", "pareto_nbd"])
def test_its_slopes_are_those_of_its_density(cdnow, model):
    data = histories(cdnow.assign(cell=np.arange(len(cdnow)) % 3))
    design = np.array([[0.7, -0.3], [-0.3, 0.7], [-0.4, -0.4]])
    point = np.random.default_rng(1).normal(size=len(COMMON) + 4)
    _, slope = likelihood(model, point, design, CENTRED, data)
    steps = 1e-5 * np.eye(len(point))
    told = [
        (
            likelihood(model, point + s, design, CENTRED, data)[0]
            - likelihood(model, point - s, design, CENTRED, data)[0]
        )
        / 2e-5
        for s in steps
    ]
    assert slope == pytest.approx(np.array(told), rel=1e-4, abs=1e-3)


def test_the_slope_of_a_bent_picture_is_that_of_its_density(cdnow, monkeypatch):
    monkeypatch.setitem(coarser.MOST, "bgnbd", 200)
    whole = cdnow.assign(cell=np.arange(len(cdnow)) % 3)
    design = np.array([[0.7, -0.3], [-0.3, 0.7], [-0.4, -0.4]])
    _, density = posterior._from_the_top("bgnbd", whole, design)
    at = np.random.default_rng(1).normal(size=len(COMMON) + 4)
    told = [(density(at + s)[0] - density(at - s)[0]) / 2e-5 for s in 1e-5 * np.eye(len(at))]
    assert density.lack is not None
    assert density(at)[1] == pytest.approx(np.array(told), rel=1e-4, abs=1e-3)


def test_what_a_coarser_picture_lacks_ends_far_from_the_top():
    """Where it went on, the sampler was sent to spreads at which the likelihood no longer falls, and walked there for an hour."""
    size = len(COMMON) + 4
    lack = coarser.Lack(
        "bgnbd", np.ones((2, 2)), np.zeros(size), np.full(4, 2.0), np.full(4, -0.5), np.eye(size)[:, -4:]
    )
    far = [lack(np.r_[np.zeros(len(COMMON)), np.full(4, along)])[0] for along in (0.1, 4.0, 40.0, 4e3)]
    assert far[0] == pytest.approx(4 * (0.2 + 0.5 * 0.01 / 2), rel=0.01)  # as told at the top
    assert far[2] == pytest.approx(far[3], rel=0.01)


def test_what_pymc_works_out_is_the_likelihood_and_what_is_known_before(cdnow):
    made, log_density = _compiled("bgnbd")
    data = histories(cdnow)
    with made:
        import pymc as pm

        pm.set_data(
            data._asdict() | {"design": np.zeros((1, 0)), "centred": np.zeros((2, 0)), "middle": np.zeros(len(COMMON))}
        )
    point = np.random.default_rng(1).normal(size=len(COMMON))
    total, slope = likelihood("bgnbd", point, np.zeros((1, 0)), np.zeros((2, 0)), data)
    density, steep = log_density(point)
    assert density == pytest.approx(total - point @ point / 2 - len(point) * np.log(2 * np.pi) / 2)
    assert steep == pytest.approx(slope - point)


def test_a_small_level_is_drawn_to_the_others_and_a_large_one_is_not():
    """Two channels of one pace and one of half of it; and one of ten new customers, of whom none came back yet."""
    draw = np.random.default_rng(1)
    sizes = {"search": 1000, "live": 1000, "notes": 1000, "few": 10}
    cell = np.repeat(np.arange(4), list(sizes.values()))
    alpha = np.array([40.0, 40.0, 80.0, 40.0])[cell]
    age = np.where(cell == 3, 60.0, draw.integers(60, 400, len(cell)))
    rows = bgnbd(draw, age, 0.8, alpha, np.full(len(cell), 0.8), np.full(len(cell), 2.4), 0.0).assign(cell=cell, n=1.0)
    rows.loc[cell == 3, ["frequency", "recency"]] = 0.0
    found = sample("bgnbd", rows, pd.DataFrame({"channel": list(sizes)}), seed=1)
    assert found.is_sound, found.checks
    search, live, notes, few = np.median(found.first[:, None] / found.others[0], axis=0)
    assert search == pytest.approx(live, rel=0.2)
    assert notes < 0.7 * search
    assert 0.3 * search < few < search  # on their own, they would never come back
    assert _compiled.cache_info().currsize <= 3
