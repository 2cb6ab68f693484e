"""The sampler of many unknowns on densities whose truth is known: by integration, and as normals."""

import numpy as np
import pytest
from shopkeeper.sampler import draw_many
from shopkeeper.split_sampler import likeliest, turn

SIZE = 300


def mostly_normal(z):
    """z[0]: standard normal before the data, its e-fold was seen to be about 5, give or take 1; z[1]: 3, give or take .01; z[2], z[3]: .9 correlated;
    all others standard normal.
    """
    effect, apart = np.exp(z[0]), z[2] - 0.9 * z[3]
    value = -(z @ z) / 2 - (effect - 5) ** 2 / 2 + z[1] ** 2 / 2 - ((z[1] - 3) / 0.01) ** 2 / 2
    value += z[2] ** 2 / 2 - apart**2 / (2 * 0.19)
    slope = -z
    slope[0] -= (effect - 5) * effect
    slope[1] = -(z[1] - 3) / 0.01**2
    slope[2] = -apart / 0.19
    slope[3] += 0.9 * apart / 0.19
    return value, slope


@pytest.fixture(scope="module")
def drawn():
    return draw_many(mostly_normal, SIZE, seed=1, draws=8_000)


def test_draws_are_of_the_density_stiff_bent_and_correlated(drawn):
    assert drawn.is_sound
    grid = np.linspace(-3, 3, 20_001)
    weight = np.exp(-(grid**2) / 2 - (np.exp(grid) - 5) ** 2 / 2)
    true = np.interp([0.05, 0.5, 0.95], np.cumsum(weight) / weight.sum(), grid)
    np.testing.assert_allclose(np.quantile(drawn.flat[:, 0], [0.05, 0.5, 0.95]), true, atol=0.03)
    assert drawn.flat[:, 1].mean() == pytest.approx(3, abs=0.001)
    assert drawn.flat[:, 1].std() == pytest.approx(0.01, rel=0.05)
    assert np.corrcoef(drawn.flat[:, 2:4].T)[0, 1] == pytest.approx(0.9, abs=0.02)
    np.testing.assert_allclose(drawn.flat[:, 4:].std(axis=0), 1, atol=0.08)


def test_what_is_normal_takes_the_fewest_steps_and_all_but_independent_draws(drawn):
    assert drawn.checks["steps"] == 4
    plain = draw_many(lambda at: (-float(at @ at) / 2, -at), SIZE, seed=2, draws=1_000)
    assert plain.checks["ess"] > 1_200  # of 2,000, the fewest of 300 unknowns, tails included


def test_the_top_is_found_and_the_same_seed_draws_the_same():
    assert likeliest(mostly_normal, SIZE)[1:4] == pytest.approx([3, 0, 0], abs=1e-3)
    one, other = (turn(mostly_normal, SIZE, 5, 20, cores)[0].points for cores in (1, 2))
    assert (one == other).all()


def test_a_density_far_from_normal_is_turned_in_more_steps():
    """Half of the unknowns 1/20 as wide as they are taken to be, each by itself; then a ridge across all."""
    narrow = turn(
        lambda at: (-200 * float(at[:150] @ at[:150]) - float(at @ at) / 2, -at - 400 * np.r_[at[:150], np.zeros(150)]),
        SIZE,
        1,
        400,
        1,
    )
    assert narrow[0].points[:, 0].std() == pytest.approx(401**-0.5, rel=0.15)

    def ridge(at):
        """A narrow one across all unknowns, which no scale of each by itself can tell."""
        total = at.sum()
        return -float(at @ at) / 2 - 0.3 * total**2, -at - 0.6 * total

    found = turn(ridge, SIZE, 1, 400, 1)
    assert found[0].steps > 4
    assert np.concatenate([chain.points.sum(axis=1) for chain in found]).std() == pytest.approx(
        (1 / SIZE + 0.6) ** -0.5, rel=0.15
    )
