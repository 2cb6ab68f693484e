"""The media mix, stated: sales of weeks and regions are a base and what each channel's spend brings.

What a channel brings is its spend, carried over into later weeks, with diminishing returns. The unknown of a channel is its
roas, so that what is assumed before the data speak is said in the field's own terms, and equally of each channel.
Sources: Jin, Wang, Sun, Chan & Koehler (2017), Bayesian methods for media mix modeling with carryover and shape effects;
Zhang, Wurm, Li, Wakim, Kelly, Price & Liu (2024), Media mix model calibration with Bayesian priors.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import helmert

from shopkeeper.attribution.mix_density import (
    BIAS,
    COMMON,
    DECAY,
    DELAY,
    HEAVY,
    INTERCEPT,
    LEVEL,
    OWN,
    PERSISTENCE,
    SPREAD,
    TAIL,
)
from shopkeeper.attribution.transforms import MAX_LAG, TINY, Floats

Ints = npt.NDArray[np.int64]

# What is thought of a channel before the data speak; mix_density has the rest.
USUAL_ROAS, ROAS_SPREAD = 0.2, 0.9  # log roas: 0.3 to 5.4 in 90 of 100
MOST, RARE = 0.6, 0.05  # chance to bring more than that share of sales, that all channels together are given at most
STEEPNESS = (0.0, 0.7)  # log: at its usual spend a channel is at .16 to .92 of what it could bring
# The same where the price curve is known, and only what people tire of is left to be learnt: at .09 to .74.
PRICED = (-0.5, 0.7)
DOUBT = 0.25  # deviation of what journeys tell of log roas, each channel's own, with the tails of mix_density.TAIL


class Evidence(NamedTuple):
    """What the model is told. Sales are per head and relative: 1 in a usual week and region.

    spend       channels × regions × weeks, what it buys per head, 1 in a channel's usual week; MAX_LAG - 1 weeks of carry-in come first
    sales       weeks × regions
    busy        by week, as many times a usual week's sales as the shocks of regions vary with: customers come by chance, as counts do
    base        weeks × columns, and base_sd of their coefficients before the data speak
    size        of each region, summing to 1
    cost        a channel's spend of a usual week, in usual weeks' sales
    prior_mean, prior_sd   of a channel's log roas; told: 1 where journeys tell them, else 0
    steep_mean, steep_sd   of a channel's log steepness before the data
    test_*      of lift_tests.parts: spend that was and would have been (parts × weeks), the share of each week that was read,
                and of each part its test, channel and region; by test, lift and its deviation in usual weeks' sales
    """

    spend: Floats
    sales: Floats
    busy: Floats
    base: Floats
    base_sd: Floats
    size: Floats
    cost: Floats
    prior_mean: Floats
    prior_sd: Floats
    told: Floats
    steep_mean: Floats
    steep_sd: Floats
    test_was: Floats
    test_would: Floats
    test_read: Floats
    test_of: Ints
    test_channel: Ints
    test_region: Ints
    test_lift: Floats
    test_sd: Floats


def no_tests(weeks: int = 1) -> dict[str, npt.NDArray[Any]]:
    """The fields of Evidence that say that nothing was tested."""
    spend, of = np.zeros((0, weeks + MAX_LAG - 1)), np.zeros(0, np.int64)
    return {
        "test_was": spend, "test_would": spend, "test_read": np.zeros((0, weeks)), "test_of": of, "test_channel": of,
        "test_region": of, "test_lift": np.zeros(0), "test_sd": np.zeros(0),
    }  # fmt: skip


def places(data: Evidence) -> dict[str, slice]:
    """Where each kind of unknown stands among all."""
    channels, regions, columns = len(data.cost), len(data.size), data.base.shape[1]
    sizes = dict.fromkeys(("roas", "decay", "steepness", "delay"), channels) | {"coefficients": columns}
    sizes |= dict.fromkeys(("intercept", "common", "persistence", "own", "bias"), 1)
    sizes |= {"level": regions - 1, "drift": regions - 1, "apart": regions * channels}
    ends = np.cumsum(list(sizes.values()))
    return {name: slice(int(end - size), int(end)) for (name, size), end in zip(sizes.items(), ends, strict=True)}


def contrasts(regions: int) -> Floats:
    """What turns unknowns, one fewer than regions, into deviations of regions that sum to 0; without rows for one region."""
    return np.asarray(helmert(regions).T if regions > 1 else np.zeros((1, 0)), np.float64)


def unknowns(z: Any, data: Evidence, xp: Any = np) -> dict[str, Any]:
    """What standard normal z (draws × unknowns, or one draw's) stands for, by name; xp: numpy, or pytensor.tensor.

    roas, decay, steepness, delay (× channels); coefficients (× columns); intercept, common, persistence, own, bias (of all that
    journeys tell, log); level, drift (× regions); apart (× regions × channels), the factor of a region on what a channel brings there.
    """
    at = {name: z[..., place] for name, place in places(data).items()}
    regions, channels = len(data.size), len(data.cost)

    def sure(name: str, scale: tuple[Any, Any]) -> Any:
        return xp.exp(scale[0] + scale[1] * at[name])

    def share(name: str, scale: tuple[float, float]) -> Any:
        return 1 / (1 + xp.exp(-scale[0] - scale[1] * at[name]))

    strayed = at["roas"] + data.told * (xp.sinh(TAIL * at["roas"]) / TAIL - at["roas"])
    apart = xp.exp(SPREAD * at["apart"]) if regions > 1 else 1 + 0 * at["apart"]
    zero_sum = contrasts(regions).T
    return {
        "roas": xp.exp(data.prior_mean + data.told * BIAS * at["bias"] + data.prior_sd * strayed),
        "decay": share("decay", DECAY),
        "steepness": sure("steepness", (data.steep_mean, data.steep_sd)),
        "delay": sure("delay", DELAY),
        "coefficients": at["coefficients"] * data.base_sd,
        "intercept": INTERCEPT[0] + INTERCEPT[1] * at["intercept"],
        "common": sure("common", COMMON),
        "persistence": share("persistence", PERSISTENCE),
        "own": sure("own", OWN),
        "bias": BIAS * at["bias"],
        "level": LEVEL * (at["level"] @ zero_sum),
        "drift": LEVEL * (at["drift"] @ zero_sum),
        "apart": apart.reshape((*apart.shape[:-1], regions, channels) if xp is np else (regions, channels)),
    }


def model(data: Evidence) -> Any:
    """The model of these data in PyMC. Its prior is that of the reports; they are sampled by mix_density, its equal."""
    import pymc as pm

    pt, size = _graph(), places(data)["apart"].stop
    with pm.Model(check_bounds=False) as made:
        z = pm.Normal("z", shape=size)
        known = {name: pm.Deterministic(name, value) for name, value in unknowns(z, data, pt).items()}
        weights = _kernel(known["decay"], known["delay"])
        reached = pt.tanh(known["steepness"] * _adstock(data.spend, weights[:, None]).transpose(2, 1, 0) / 2)
        per = pt.maximum((reached * known["apart"] * data.size[:, None]).sum(axis=1).mean(axis=0), TINY)
        gain = known["roas"] * data.cost / per
        when = (np.arange(len(data.sales)) + 0.5) / len(data.sales) - 0.5
        base = (known["intercept"] + data.base @ known["coefficients"])[:, None]
        base = base + known["level"] + known["drift"] * when[:, None]
        brought = (reached * known["apart"] * gain).sum(axis=-1)
        pm.Potential("sales", _shocks(data.sales - base - brought, data, known))
        if len(data.test_lift):
            lift = _lifts(data, weights, known, gain)
            pm.Potential("tests", -(((data.test_lift - lift) / data.test_sd) ** 2).sum() / 2)
    return made


def _graph() -> Any:
    """What builds the graph; to load it takes seconds, and only who asks for the model needs it."""
    import pytensor.tensor

    return pytensor.tensor


def _kernel(decay: Any, delay: Any) -> Any:
    """transforms.carry_over, in the graph: channels × lags."""
    pt = _graph()
    lag = np.arange(MAX_LAG)
    # 0 to the power of 0 is 1, but its slope is not finite.
    decayed = pt.where(lag == 0, 1.0, decay[:, None] ** np.maximum(lag, 1))
    weights = decayed * (1.0 + lag) ** delay[:, None]
    return weights / weights.sum(axis=-1, keepdims=True)


def _adstock(spend: Floats, weights: Any) -> Any:
    """transforms.adstock, in the graph."""
    weeks = spend.shape[-1] - MAX_LAG + 1
    starts = range(MAX_LAG - 1, -1, -1)
    return sum(weights[..., [lag]] * spend[..., start : start + weeks] for lag, start in enumerate(starts))


def _shocks(error: Any, data: Evidence, known: dict[str, Any]) -> Any:
    """The log density of what is left of sales: a shock common to all regions, heavy-tailed, part of which lasts into the next week
    (AR 1), and each region's own, the smaller the larger the region, the larger the busier the week.
    """
    pt, size = _graph(), data.size
    common, stays, regions = known["common"], known["persistence"], len(size)
    mean = (error * size).sum(axis=1)
    new: Any = pt.concatenate([mean[:1] * pt.sqrt(1 - stays**2), mean[1:] - stays * mean[:-1]])
    density = pt.log1p(-(stays**2)) / 2 - error.shape[0] * pt.log(common)
    density = density - (HEAVY + 1) / 2 * pt.log1p(new**2 / (HEAVY * common**2)).sum()
    squares = (size * regions * (error - mean[:, None]) ** 2 / data.busy[:, None]).sum()
    # Of as many errors as regions one is spent on their mean.
    return density - error.shape[0] * (regions - 1) * pt.log(known["own"]) - squares / (2 * known["own"] ** 2)


def _lifts(data: Evidence, weights: Any, known: dict[str, Any], gain: Any) -> Any:
    """What each lift test should have read: its window run twice, with the spend that was and the one that would have been."""
    pt = _graph()
    channel, region = data.test_channel, data.test_region
    steep = known["steepness"][channel][:, None]
    was, would = (pt.tanh(steep * _adstock(spend, weights[channel]) / 2) for spend in (data.test_was, data.test_would))
    read = (data.test_read * (was - would)).sum(axis=1)
    of = (np.arange(len(data.test_lift))[:, None] == data.test_of).astype(np.float64)
    return of @ (read * data.size[region] * known["apart"][region, channel] * gain[channel])
