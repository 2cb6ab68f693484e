"""The density that is sampled is that of the model as PyMC states it: value and slope."""

import numpy as np
import pytest
from scipy.stats import norm
from shopkeeper.attribution.mix_density import kernel, log_density
from shopkeeper.attribution.mix_model import MAX_LAG, Evidence, contrasts, model, no_tests, places, unknowns
from shopkeeper.attribution.transforms import carry_over

WEEKS = 20


def evidence(draw, channels, regions, **changes):
    base = draw.normal(size=(WEEKS, 3))
    return Evidence(**{
        "spend": draw.gamma(2, 0.5, (channels, regions, WEEKS + MAX_LAG - 1)),
        "sales": 1 + 0.1 * draw.normal(size=(WEEKS, regions)), "busy": draw.uniform(0.5, 3, WEEKS),
        "base": base, "base_sd": np.array([0.1, 0.2, 0.3]),
        "size": draw.dirichlet(np.full(regions, 5.0)),
        "cost": np.full(channels, 0.03),
        "prior_mean": np.full(channels, 0.2), "prior_sd": np.full(channels, 0.9),
        "told": (np.arange(channels) % 2).astype(float),
        "steep_mean": 0.2 * np.arange(channels), "steep_sd": np.linspace(0.3, 0.7, channels),
    } | no_tests() | changes)  # fmt: skip


def three_parts_of_two_tests(draw):
    spend = draw.gamma(2, 0.5, (3, 6 + MAX_LAG - 1))
    return {
        "test_was": spend, "test_would": spend * draw.uniform(0, 2, spend.shape), "test_read": draw.random((3, 6)),
        "test_of": np.array([0, 1, 1]), "test_channel": np.array([1, 0, 0]), "test_region": np.array([2, 0, 1]),
        "test_lift": np.array([-0.01, 0.02]), "test_sd": np.array([0.01, 0.02]),
    }  # fmt: skip


CASES = {
    "one region": (3, 1, lambda draw: {}),
    "three regions, lift tests": (2, 3, three_parts_of_two_tests),
    "a channel without spend": (2, 2, lambda draw: {"cost": np.array([0.0, 0.05]), "spend": blank_first(draw)}),
}


def blank_first(draw):
    spend = draw.gamma(2, 0.5, (2, 2, WEEKS + MAX_LAG - 1))
    spend[0] = 0
    return spend


@pytest.mark.parametrize("case", CASES)
def test_value_and_slope_are_those_of_pymc(case):
    channels, regions, changes = CASES[case]
    draw = np.random.default_rng(3)
    data = evidence(draw, channels, regions, **changes(draw))
    made, zero_sum = model(data), contrasts(regions)
    value, slope = (getattr(made, name)(mode="FAST_COMPILE") for name in ("compile_logp", "compile_dlogp"))
    one, other = draw.normal(0, 0.7, (2, places(data)["apart"].stop))
    ours = [log_density(z, data, zero_sum) for z in (one, other)]
    assert ours[0][0] - ours[1][0] == pytest.approx(value({"z": one}) - value({"z": other}), rel=1e-10)
    for z, (_, by_hand) in zip((one, other), ours, strict=True):
        np.testing.assert_allclose(by_hand, slope({"z": z}), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("decay", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("delay", [0.0, 1.5])
def test_kernels_are_those_of_numpy_and_their_slopes_finite(decay, delay):
    weights, by_decay, by_delay = kernel(decay, delay, MAX_LAG)
    np.testing.assert_allclose(weights, carry_over(decay, delay), rtol=0, atol=1e-10)
    assert np.isfinite([by_decay, by_delay]).all()
    assert by_decay.sum() == pytest.approx(0, abs=1e-9)


def test_slopes_are_finite_where_nothing_was_spent():
    draw = np.random.default_rng(5)
    data = evidence(draw, 2, 2, spend=np.zeros((2, 2, WEEKS + MAX_LAG - 1)))
    value, slope = log_density(np.zeros(places(data)["apart"].stop), data, contrasts(2))
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


def test_every_unknown_is_as_wide_before_the_data_as_it_is_said_to_be():
    data = evidence(np.random.default_rng(1), 2, 3)
    z = np.random.default_rng(2).normal(size=(20_000, places(data)["apart"].stop))
    known = unknowns(z, data)
    low, high = np.quantile(known["roas"][:, 0], [0.05, 0.95])
    assert low == pytest.approx(np.exp(0.2 - 0.9 * norm.ppf(0.95)), rel=0.05)
    assert high == pytest.approx(np.exp(0.2 + 0.9 * norm.ppf(0.95)), rel=0.05)
    # What journeys tell of the second: the common bias, and tails that reach further than a normal's.
    middle, far = np.quantile(np.log(known["roas"][:, 1]) - 0.2, [0.75, 0.999])
    assert far / middle > 1.25 * norm.ppf(0.999) / norm.ppf(0.75)
    np.testing.assert_allclose(known["level"].sum(axis=1), 0, atol=1e-9)
    assert known["apart"].shape == (20_000, 3, 2)
