"""The log density of the media mix with its slope, by hand and compiled once: PyMC's own takes half a minute to compile, every time.

mix_model.model states the same model in PyMC; a test holds the two equal, value and slope.
"""

import numba
import numpy as np

from shopkeeper.attribution.transforms import TINY

# Each unknown is standard normal before the data speak, and stands for the following. These stand here and not in mix_model,
# since what numba has compiled it keeps until this file changes.
DECAY = (-0.4, 0.9)  # logit of what is left after a week: .13 to .75
DELAY = (-1.2, 0.9)  # log of transforms.carry_over's delay: .07 to 1.3
INTERCEPT = (0.9, 0.4)  # sales without spend, in usual weeks' sales
COMMON = (-3.0, 1.0)  # log scale of a week's shock to all regions, in usual weeks' sales
HEAVY = 5.0  # degrees of freedom of its Student t: some weeks are far out
PERSISTENCE = (-1.2, 1.0)  # logit of what is left of it in the next week
OWN = (-2.0, 1.0)  # log deviation of a usual week's shock to a region of usual size
SPREAD = 0.2  # deviation of log roas between regions
BIAS = 0.5  # of log roas as journeys tell it, the same of all channels
TAIL = 0.6  # how much further out than a normal's are the tails of what journeys tell of one channel: some they get all wrong
LEVEL = 0.3  # deviation of regions' levels, and of their drifts over all weeks

# Sums may be taken in any order, so that several terms are added at once.
_compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})


@_compiled
def kernel(decay, delay, lags):  # type: ignore[no-untyped-def]
    """transforms.carry_over of one channel, with its slopes in decay and in delay."""
    weight, by_decay, by_delay = np.empty(lags), np.zeros(lags), np.zeros(lags)
    decayed, slope = 1.0, 0.0
    for lag in range(lags):
        late = (1.0 + lag) ** delay
        weight[lag], by_decay[lag], by_delay[lag] = decayed * late, slope * late, decayed * late * np.log(1.0 + lag)
        slope = slope * decay + decayed
        decayed *= decay
    total = weight.sum()
    weight /= total
    return weight, (by_decay - weight * by_decay.sum()) / total, (by_delay - weight * by_delay.sum()) / total


@_compiled
def adstock(spend, weight):  # type: ignore[no-untyped-def]
    """transforms.adstock of one series."""
    lags = len(weight)
    total = np.zeros(len(spend) - lags + 1)
    for lag in range(lags):
        then = spend[lags - 1 - lag :]
        for week in range(len(total)):
            total[week] += weight[lag] * then[week]
    return total


@_compiled
def pull(slope, stock, reached, steepness, spend, to_weight):  # type: ignore[no-untyped-def]
    """Of the slope in what is reached: its part in steepness, returned, and in the weights, added to to_weight."""
    lags, to_steepness, bend = len(to_weight), 0.0, np.empty(len(slope))
    for week in range(len(slope)):
        bend[week] = slope[week] * (1 - reached[week] * reached[week]) / 2
        to_steepness += bend[week] * stock[week]
    for lag in range(lags):
        total, then = 0.0, spend[lags - 1 - lag :]
        for week in range(len(slope)):
            total += bend[week] * then[week]
        to_weight[lag] += total * steepness
    return to_steepness


@_compiled
def saturated(stock, steepness):  # type: ignore[no-untyped-def]
    """What is reached of all that could be: tanh of half of steepness × stock, in half the time."""
    reached = np.empty(len(stock))
    for week in range(len(stock)):
        left = np.exp(-steepness * stock[week])
        reached[week] = (1 - left) / (1 + left)
    return reached


@_compiled
def shocks(error, size, busy, common, own, persistence):  # type: ignore[no-untyped-def]
    """The log density of errors (regions × weeks), its slope in each, and in log common, log own and persistence."""
    regions, weeks = error.shape
    kept = np.sqrt(1 - persistence**2)
    mean = np.zeros(weeks)
    for region in range(regions):
        mean += error[region] * size[region]
    new = mean.copy()
    new[0] *= kept
    new[1:] -= persistence * mean[:-1]
    pulled = -(HEAVY + 1) * new / (HEAVY * common**2 + new * new)
    to_mean = pulled.copy()
    to_mean[0] *= kept
    to_mean[:-1] -= persistence * pulled[1:]
    to_persistence = -(pulled[1:] * mean[:-1]).sum() - pulled[0] * mean[0] * persistence / kept - persistence / kept**2
    slope, apart = np.empty((regions, weeks)), 0.0
    for region in range(regions):
        weight = size[region] * regions
        for week in range(weeks):
            off = error[region, week] - mean[week]
            weighed = weight * off / busy[week]
            apart += weighed * off
            slope[region, week] = to_mean[week] * size[region] - weighed / own**2
    free = weeks * (regions - 1)
    value = np.log(kept) - weeks * np.log(common) - (HEAVY + 1) / 2 * np.log1p(new * new / (HEAVY * common**2)).sum()
    value -= free * np.log(own) + apart / (2 * own**2)
    return value, slope, -(pulled * new).sum() - weeks, apart / own**2 - free, to_persistence


@_compiled
def logistic(at, scale):  # type: ignore[no-untyped-def]
    """A share from a standard normal unknown."""
    return 1 / (1 + np.exp(-scale[0] - scale[1] * at))


@_compiled
def strayed(z, told):  # type: ignore[no-untyped-def]
    """How far channels lie from what is thought of them, in deviations, and its slope: where journeys tell that, with heavier tails.

    Source of the sinh transform: Jones & Pewsey (2009), Sinh-arcsinh distributions.
    """
    off, slope = np.sinh(TAIL * z) / TAIL, np.cosh(TAIL * z)
    return z + told * (off - z), 1 + told * (slope - 1)


@_compiled
def log_density(z, data, zero_sum):  # type: ignore[no-untyped-def]
    """The log density at the unknowns z, and its slope. data: mix_model.Evidence; zero_sum: mix_model.contrasts of its regions."""
    channels, regions = len(data.cost), len(data.size)
    one = 4 * channels + data.base.shape[1]  # intercept, common, persistence, own, bias
    places, spread = one + 3 + 2 * regions, SPREAD if regions > 1 else 0.0
    apart = np.exp(spread * z[places:]).reshape((regions, channels))
    weights, decays, steep, delays, to_decay, to_delay = carried(z, data)
    stocks, reached, per = reach(data, weights, steep, apart)
    off, along_off = strayed(z[:channels], data.told)
    roas = np.exp(data.prior_mean + data.told * BIAS * z[one + 4] + data.prior_sd * off)
    gain = roas * data.cost / np.maximum(per, TINY)
    to_gain, to_apart, to_steep = np.zeros(channels), np.zeros((regions, channels)), np.zeros(channels)
    to = (to_gain, to_apart, to_steep, np.zeros(weights.shape))

    slope = -z
    value, to_error = of_sales(z, data, zero_sum, (reached, apart, gain), slope)
    value += of_tests(data, (weights, steep, apart, gain), to) - (z * z).sum() / 2
    of_channels(data, to_error, (stocks, reached, per, steep, apart, gain), to)

    to_log = to_gain * gain
    slope[:channels] += to_log * data.prior_sd * along_off
    slope[one + 4] += BIAS * (to_log * data.told).sum()
    slope[channels : 2 * channels] += DECAY[1] * decays * (1 - decays) * (to[3] * to_decay).sum(axis=1)
    slope[2 * channels : 3 * channels] += data.steep_sd * steep * to_steep
    slope[3 * channels : 4 * channels] += DELAY[1] * delays * (to[3] * to_delay).sum(axis=1)
    slope[places:] += spread * (to_apart * apart).ravel()
    return value, slope


@_compiled
def carried(z, data):  # type: ignore[no-untyped-def]
    """By channel: weights of carry-over, decay, steepness, delay, and the weights' slopes in decay and delay."""
    channels, lags = len(data.cost), data.spend.shape[2] - len(data.sales) + 1
    decays = logistic(z[channels : 2 * channels], DECAY)
    steep = np.exp(data.steep_mean + data.steep_sd * z[2 * channels : 3 * channels])
    delays = np.exp(DELAY[0] + DELAY[1] * z[3 * channels : 4 * channels])
    weights, to_decay, to_delay = np.empty((channels, lags)), np.empty((channels, lags)), np.empty((channels, lags))
    for c in range(channels):
        weights[c], to_decay[c], to_delay[c] = kernel(decays[c], delays[c], lags)
    return weights, decays, steep, delays, to_decay, to_delay


@_compiled
def reach(data, weights, steep, apart):  # type: ignore[no-untyped-def]
    """Adstock and its saturation (channels × regions × weeks), and by channel the mean of the latter over all."""
    channels, regions, weeks = len(data.cost), len(data.size), len(data.sales)
    stocks, reached = np.empty((channels, regions, weeks)), np.empty((channels, regions, weeks))
    per = np.zeros(channels)
    for c in range(channels):
        for g in range(regions):
            stocks[c, g] = adstock(data.spend[c, g], weights[c])
            reached[c, g] = saturated(stocks[c, g], steep[c])
            per[c] += data.size[g] * apart[g, c] * reached[c, g].sum() / weeks
    return stocks, reached, per


@_compiled
def of_sales(z, data, zero_sum, brought, slope):  # type: ignore[no-untyped-def]
    """The log density of sales, and its slope in the errors (regions × weeks); slopes in the base and in the shocks are added to slope.

    brought: reached, apart and gain.
    """
    (reached, apart, gain), (weeks, regions) = brought, data.sales.shape
    at_base = 4 * len(gain)
    one = at_base + data.base.shape[1]
    level, drift = one + 5, one + 4 + regions
    flat = INTERCEPT[0] + INTERCEPT[1] * z[one] + data.base @ (data.base_sd * z[at_base:one])
    levels = LEVEL * (zero_sum @ z[level:drift])
    drifts = LEVEL * (zero_sum @ z[drift : drift + regions - 1])
    when = (np.arange(weeks) + 0.5) / weeks - 0.5
    error = data.sales.T.copy()
    for g in range(regions):
        error[g] -= flat + levels[g] + drifts[g] * when
        for c in range(len(gain)):
            for week in range(weeks):
                error[g, week] -= gain[c] * apart[g, c] * reached[c, g, week]
    common, own = np.exp(COMMON[0] + COMMON[1] * z[one + 1]), np.exp(OWN[0] + OWN[1] * z[one + 3])
    stays = logistic(z[one + 2], PERSISTENCE)
    value, to_error, to_common, to_own, to_stays = shocks(error, data.size, data.busy, common, own, stays)
    by_week = to_error.sum(axis=0)
    slope[one] -= INTERCEPT[1] * by_week.sum()
    slope[at_base:one] -= data.base_sd * (by_week @ data.base)
    slope[level:drift] -= LEVEL * (zero_sum.T @ to_error.sum(axis=1))
    slope[drift : drift + regions - 1] -= LEVEL * (zero_sum.T @ (to_error @ when))
    slope[one + 1] += COMMON[1] * to_common
    slope[one + 2] += PERSISTENCE[1] * stays * (1 - stays) * to_stays
    slope[one + 3] += OWN[1] * to_own
    return value, to_error


@_compiled
def of_channels(data, to_error, known, to):  # type: ignore[no-untyped-def]
    """Adds to the slopes `to` (in gain, apart, steepness, weights) those that sales have through what channels reach.

    The slope in gain must hold all else by then, since what gain is divided by depends on every week.
    """
    (stocks, reached, per, steep, apart, gain), (to_gain, to_apart, to_steep, to_weight) = known, to
    weeks = len(data.sales)
    for c in range(len(gain)):
        for g in range(len(data.size)):
            along = -(to_error[g] * reached[c, g]).sum()
            to_gain[c] += along * apart[g, c]
            to_apart[g, c] += along * gain[c]
        to_per = -to_gain[c] * gain[c] / per[c] if per[c] > TINY else 0.0
        for g in range(len(data.size)):
            to_apart[g, c] += to_per * data.size[g] * reached[c, g].sum() / weeks
            to_reached = (to_per * data.size[g] / weeks - to_error[g] * gain[c]) * apart[g, c]
            to_steep[c] += pull(to_reached, stocks[c, g], reached[c, g], steep[c], data.spend[c, g], to_weight[c])


@_compiled
def of_tests(data, known, to):  # type: ignore[no-untyped-def]
    """The log density of lift tests; known: weights, steepness, apart, gain; the slope in each is added to those of `to`."""
    weights, steep, apart, gain = known
    to_gain, to_apart, to_steep, to_weight = to
    parts, off, value = len(data.test_of), data.test_lift.copy(), 0.0
    read = np.zeros(parts)
    for p in range(parts):
        c, g = data.test_channel[p], data.test_region[p]
        was = saturated(adstock(data.test_was[p], weights[c]), steep[c])
        would = saturated(adstock(data.test_would[p], weights[c]), steep[c])
        read[p] = data.size[g] * (data.test_read[p] * (was - would)).sum()
        off[data.test_of[p]] -= read[p] * apart[g, c] * gain[c]
    off /= data.test_sd
    for p in range(parts):
        c, g = data.test_channel[p], data.test_region[p]
        by = off[data.test_of[p]] / data.test_sd[data.test_of[p]]
        to_gain[c] += by * read[p] * apart[g, c]
        to_apart[g, c] += by * read[p] * gain[c]
        for spend, sign in ((data.test_was[p], 1.0), (data.test_would[p], -1.0)):
            stock = adstock(spend, weights[c])
            to_reached = sign * by * data.size[g] * apart[g, c] * gain[c] * data.test_read[p]
            to_steep[c] += pull(to_reached, stock, saturated(stock, steep[c]), steep[c], spend, to_weight[c])
    return value - (off * off).sum() / 2
