"""Forecasts that know each SKU's own past alone: what the learner has to beat."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shopkeeper.demand.classes import ERRATIC, INTERMITTENT, LUMPY, SMOOTH
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.panel import Panel

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_LEAST = 15  # days of its own that a model needs
_A_YEAR = 364
_LONGEST = 182  # days that it is given: of the months before little is left in what is smoothed


def seasonal_naive(panel: Panel, where: Bools) -> Floats:
    """The last week again, four times."""
    return np.tile(np.nan_to_num(panel.demand[:, -7:]), HORIZON // 7) * where[:, None]


def ets(panel: Panel, where: Bools) -> Floats:
    """Exponential smoothing with a weekly season, its form chosen by AICc.

    Source: Hyndman et al. (2002), Int. J. Forecasting 18(3), 439-454, as implemented by statsforecast.
    """
    from statsforecast.models import AutoETS

    return _each(panel, where, lambda past: AutoETS(season_length=7).forecast(past, HORIZON)["mean"])


def steady_ets(panel: Panel, where: Bools) -> Floats:
    """Exponential smoothing of level and weekly season, without a trend: a tenth of ets's time and, on four origins of three brands, nearer."""
    from statsforecast.models import AutoETS

    return _each(panel, where, lambda past: AutoETS(season_length=7, model="ANA").forecast(past, HORIZON)["mean"])


def tsb(panel: Panel, where: Bools) -> Floats:
    """Probability and size of demand, each smoothed by itself (Teunter, Syntetos & Babai 2011, EJOR 214(3), 606-615)."""
    from statsforecast.models import TSB

    return _each(panel, where, lambda past: TSB(alpha_d=0.1, alpha_p=0.1).forecast(past, 1)["mean"])


def imapa(panel: Panel, where: Bools) -> Floats:
    """The mean of what smoothing forecasts over sums of 1, 2, 3… days (Petropoulos & Kourentzes 2015, JORS 66(6), 914-924)."""
    from statsforecast.models import IMAPA

    return _each(panel, where, lambda past: IMAPA().forecast(past, 1)["mean"])


def adida(panel: Panel, where: Bools) -> Floats:
    """Smoothing of sums over the usual days between demands (Nikolopoulos et al. 2011, JORS 62(3), 544-554)."""
    from statsforecast.models import ADIDA

    return _each(panel, where, lambda past: ADIDA().forecast(past, 1)["mean"])


METHODS: dict[str, Callable[[Panel, Bools], Floats]] = {
    "seasonal naive": seasonal_naive,
    "ets": steady_ets,
    "tsb": tsb,
    "adida": adida,
    "imapa": imapa,
}
# Of each class those that were made for it.
SUITED: dict[str, tuple[str, ...]] = {
    SMOOTH: ("seasonal naive", "ets"),
    ERRATIC: ("seasonal naive", "ets"),
    INTERMITTENT: ("seasonal naive", "tsb", "adida", "imapa"),
    LUMPY: ("seasonal naive", "tsb", "adida", "imapa"),
}


def suited(panel: Panel, kind: NDArray[np.str_]) -> dict[str, Floats]:
    """By method, SKUs × 28 days, units: forecasts of the SKUs of the classes that it was made for, 0 for the others."""
    return {
        name: method(panel, np.isin(kind, [one for one, names in SUITED.items() if name in names]))
        for name, method in METHODS.items()
    }


def smoothed(made: dict[str, Floats], kind: NDArray[np.str_]) -> Floats:
    """Of each SKU the mean of what the methods made for its class tell, last week again aside.

    made: what suited tells; kind: class of each SKU.
    """
    told = {one: [made[name] for name in names if name != "seasonal naive"] for one, names in SUITED.items()}
    return np.asarray(np.sum([np.mean(of, axis=0) * (kind == one)[:, None] for one, of in told.items()], axis=0))


def of_brand(total: Floats) -> dict[str, Floats]:
    """Forecasts of the brand from its own past: by method 28 days, units.

    ets: exponential smoothing with a weekly season. year before: the same, moved as far as the same week of the year before
    stood from the four weeks before it; of brands of a year and four weeks. One year is a poor witness: how far it is heard, its
    errors on earlier days tell.
    total: by day, units.
    """
    from statsforecast.models import AutoETS

    made = {"ets": np.maximum(AutoETS(season_length=7).forecast(total[-_A_YEAR:], HORIZON)["mean"], 0.0)}
    start = len(total) - _A_YEAR
    if start >= HORIZON:
        weeks = np.convolve(total[start - 3 : start + HORIZON + 3], np.ones(7) / 7, "valid")
        before = total[start - HORIZON : start].mean()
        made["year before"] = made["ets"] * weeks / before if before > 0 else made["ets"]
    return made


def _each(panel: Panel, where: Bools, forecast: Callable[[Floats], Floats]) -> Floats:
    """The forecast of each SKU that is on sale from its own days, never below 0; 0 where it has sold on fewer than two."""
    made = np.zeros((len(panel.skus), HORIZON))
    for place in np.flatnonzero(where & panel.on_sale(len(panel.days))):
        past = panel.demand[place, ~np.isnan(panel.demand[place])][-_LONGEST:]
        past = np.r_[np.zeros(max(_LEAST - len(past), 0)), past]
        if (past > 0).sum() > 1:
            made[place] = np.maximum(forecast(past), 0.0)
    return made
