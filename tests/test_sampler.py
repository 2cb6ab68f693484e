"""The sampler on a density whose truth is known by integration: next to no effect, an exponential wall on one side."""

import arviz as az
import numpy as np
import pytest
from shopkeeper import sampler
from shopkeeper.sampler import draw, glance

ERROR = 0.05


def nothing_seen(z):
    """z[0]: standard normal before the data, its e-fold was seen to be about 0; z[1]: known of nothing."""
    effect = np.exp(z[0])
    return -(z @ z) / 2 - effect**2 / (2 * ERROR**2), np.array([-z[0] - effect**2 / ERROR**2, -z[1]])


@pytest.fixture(scope="module", params=[0.0, 1.0], ids=["as it is", "above its top in proportion"])
def drawn(request):
    return draw(nothing_seen, np.array([request.param, 0.0]), seed=1, draws=3_000)


def test_draws_are_of_the_density_however_the_sampler_sees_it(drawn):
    grid = np.linspace(-9, 0, 20_001)
    weight = np.exp([nothing_seen(np.array([each, 0.0]))[0] for each in grid])
    true = np.interp([0.05, 0.5, 0.95], np.cumsum(weight) / weight.sum(), grid)
    np.testing.assert_allclose(np.quantile(drawn.flat[:, 0], [0.05, 0.5, 0.95]), true, atol=0.1)
    np.testing.assert_allclose(np.quantile(drawn.flat[:, 1], [0.05, 0.95]), [-1.645, 1.645], atol=0.15)


def much_seen(z):
    """z[0]: standard normal before the data, its e-fold was seen to be about 5, give or take 1."""
    effect = np.exp(z[0])
    return -(z @ z) / 2 - (effect - 5) ** 2 / 2, -z - np.array([(effect - 5) * effect])


def test_what_the_data_tell_well_is_drawn_as_it_is():
    found = draw(much_seen, np.array([1.0]), seed=1, draws=3_000)
    grid = np.linspace(-3, 3, 20_001)
    weight = np.exp([much_seen(np.array([each]))[0] for each in grid])
    true = np.interp([0.05, 0.5, 0.95], np.cumsum(weight) / weight.sum(), grid)
    np.testing.assert_allclose(np.quantile(found.flat[:, 0], [0.05, 0.5, 0.95]), true, atol=0.03)


def test_seen_in_proportion_no_step_goes_astray():
    found = glance(nothing_seen, np.array([1.0, 0.0]), seed=2, draws=1_000)
    assert found.checks["divergences"] == 0
    assert found.checks["ess"] > 200


def test_what_is_not_sound_is_drawn_again_and_added_up():
    """Too few draws to be sound, three times over; with enough, one pass is all."""
    few, enough = (draw(lambda at: (-float(at @ at) / 2, -at), np.zeros(3), seed=1, draws=many) for many in (60, 1_500))
    assert (few.points.shape, few.is_sound) == ((6, 60, 3), False)
    assert (enough.points.shape, enough.is_sound) == ((2, 1_500, 3), True)


def test_checks_are_those_of_arviz():
    points = np.random.default_rng(5).normal(size=(2, 400, 6))
    points[1, :, 2] += 0.5  # a chain by itself
    points[:, :, 3] = points[:, :, 3].cumsum(axis=1)  # one that wanders
    points[0, :, 4] *= 3  # a wide one
    kept = az.from_dict({"posterior": {"z": points}}).posterior.dataset
    for some in ([0], [2], [3], [4], list(range(6))):
        checks, part = sampler._checks(points[..., some]), kept.isel(z_dim_0=some)
        assert checks["r_hat"] == pytest.approx(float(az.rhat(part)["z"].max()), rel=1e-12)
        least = min(float(az.ess(part, method=how)["z"].min()) for how in ("bulk", "tail"))
        assert checks["ess"] == pytest.approx(least, rel=1e-12)
