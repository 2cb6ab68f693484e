"""One side of the forecasting measurements, in a process of its own: `python goods.py SIDE SKUS`; prints what it found as JSON.

The goods are made here: two years of daily demand with levels from many a day to one a month, weekdays, seasons of categories, drifting
levels and promotions known ahead; the last 28 days are held back.
"""

import json
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from measure import own_peak

if TYPE_CHECKING:
    from shopkeeper.demand.panel import Panel

DAYS, AHEAD, SAMPLE = 730, 28, 40
FIRST = "2023-01-02"


def made(skus: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Demand of the days and those ahead (SKUs × 758), which of them are promoted, and the category of each SKU."""
    draw = np.random.default_rng(seed)
    days = np.arange(DAYS + AHEAD)
    category = draw.integers(0, 30, skus)
    season = 1 + draw.uniform(0, 0.4, 30)[:, None] * np.sin(2 * np.pi * (days / 365.25 + draw.random(30)[:, None]))
    weekday = draw.dirichlet(np.full(7, 30.0), 30)[:, days % 7] * 7
    drift = np.exp(np.cumsum(draw.normal(0, 0.015, (skus, len(days))), axis=1))
    promoted = np.zeros((skus, len(days)), bool)
    for start in range(10, len(days), 35):
        promoted[:, start : start + 7] |= (draw.random(skus) < 0.3)[:, None]
    level = draw.lognormal(-0.7, 1.2, skus)[:, None]
    mean = (
        level
        * season[category]
        * weekday[category]
        * drift
        * np.where(promoted, 1 + draw.gamma(2, 0.5, skus)[:, None], 1)
    )
    return draw.poisson(mean * draw.gamma(2.0, 0.5, mean.shape)).astype(float), promoted, category


def rmsse(past: np.ndarray, came: np.ndarray, forecast: np.ndarray) -> float:
    """Mean over the SKUs that ever moved."""
    scale = (np.diff(past, axis=1) ** 2).mean(axis=1)
    error = ((came - forecast) ** 2).mean(axis=1)
    return float(np.sqrt(error[scale > 0] / scale[scale > 0]).mean())


def ours(skus: int) -> dict[str, float]:
    """Trees for all SKUs, with quantiles of 300 paths."""
    from shopkeeper.demand.features import known
    from shopkeeper.demand.learner import learn

    demand, promoted, category = made(skus)
    panel = _panel(demand, promoted, category)
    began = time.perf_counter()
    told = known(panel)
    mean = learn(told).predict(told)
    _quantiles(mean, panel.demand, category)
    took = time.perf_counter() - began
    score = rmsse(panel.demand, demand[:, DAYS:], mean)
    return {"seconds": took, "rmsse": score, "sample": _sampled(demand, mean), "peak": own_peak()}


def _panel(demand: np.ndarray, promoted: np.ndarray, category: np.ndarray) -> "Panel":
    """The days before as a panel, in which promotions are known for as long as they are made."""
    from shopkeeper.demand.panel import AHEAD as PLANNED
    from shopkeeper.demand.panel import Panel, Plan

    past, size = demand[:, :DAYS], np.zeros((len(demand), DAYS + PLANNED))
    size[:, : DAYS + AHEAD] = promoted * 0.2
    names = pd.DataFrame({"sku": np.arange(len(demand)).astype(str), "category": category.astype(str)})
    table = names.assign(product="", launched=0, is_rest=False)
    plans = {"discount": Plan(size, np.zeros(size.shape, np.int32))}
    nothing, price = np.zeros(past.shape, bool), np.full(past.shape, np.nan)
    days = pd.date_range(FIRST, periods=DAYS)
    return Panel("GB", table, days, past, past, nothing, {}, past, price, plans, {}, pd.DataFrame())


def _quantiles(mean: np.ndarray, past: np.ndarray, category: np.ndarray) -> None:
    from shopkeeper.demand.classes import CLASSES, demand_class
    from shopkeeper.demand.quantiles import LEVELS
    from shopkeeper.demand.spread import Relative, Spread, sample_paths

    day, lasting = (dict.fromkeys(CLASSES, Relative(fixed, 0.1)) for fixed in (0.5, 0.1))
    spread = Spread(day, lasting, 0.01, 0.01, 0.005)
    for start in range(0, len(mean), 3_000):
        block = slice(start, start + 3_000)
        paths = sample_paths(mean[block], demand_class(past[block]), category[block], spread, 300, start)
        np.quantile(paths, LEVELS, axis=0)


def _sampled(demand: np.ndarray, forecast: np.ndarray) -> float:
    chosen = _sample(len(demand))
    return rmsse(demand[chosen, :DAYS], demand[chosen, DAYS:], forecast[chosen])


def _sample(skus: int) -> np.ndarray:
    return np.random.default_rng(1).choice(skus, min(SAMPLE, skus), replace=False)


def ets(skus: int) -> dict[str, float]:
    """AutoETS of statsforecast, of every SKU, with intervals of its own."""
    from statsforecast import StatsForecast
    from statsforecast.models import AutoETS

    demand, _, _ = made(skus)
    days = pd.date_range(FIRST, periods=DAYS)
    rows = pd.DataFrame(
        {"unique_id": np.repeat(np.arange(skus), DAYS), "ds": np.tile(days, skus), "y": demand[:, :DAYS].ravel()}
    )
    began = time.perf_counter()
    told = StatsForecast([AutoETS(season_length=7)], freq="D", n_jobs=1).forecast(df=rows, h=AHEAD, level=[50, 80, 90])
    mean = np.maximum(told.AutoETS.to_numpy().reshape(skus, AHEAD), 0)
    took = time.perf_counter() - began
    return {
        "seconds": took,
        "rmsse": rmsse(demand[:, :DAYS], demand[:, DAYS:], mean),
        "sample": _sampled(demand, mean),
        "peak": own_peak(),
    }


def mlforecast(skus: int) -> dict[str, float]:
    """LightGBM by mlforecast, as its manual has it: lags, rolling means, the weekday, the category and the promotion known ahead; no quantiles."""
    from lightgbm import LGBMRegressor
    from mlforecast import MLForecast
    from mlforecast.lag_transforms import RollingMean

    demand, promoted, category = made(skus)
    days, ids = pd.date_range(FIRST, periods=DAYS + AHEAD), np.repeat(np.arange(skus), DAYS + AHEAD)
    rows = pd.DataFrame({
        "unique_id": ids, "ds": np.tile(days, skus), "y": demand.ravel(), "promoted": promoted.ravel() * 1.0, "category": category[ids],
    })  # fmt: skip
    is_ahead = np.tile(np.arange(DAYS + AHEAD) >= DAYS, skus)
    trees = LGBMRegressor(objective="tweedie", n_estimators=300, learning_rate=0.05, n_jobs=1, verbosity=-1)
    began = time.perf_counter()
    model = MLForecast(
        models={"trees": trees}, freq="D", lags=[7, 14, 21, 28], date_features=["dayofweek"],
        lag_transforms={1: [RollingMean(7), RollingMean(28)], 7: [RollingMean(91)]},
    )  # fmt: skip
    model.fit(rows[~is_ahead], static_features=["category"])
    told = model.predict(AHEAD, X_df=rows[is_ahead][["unique_id", "ds", "promoted"]])
    mean = np.maximum(told.trees.to_numpy().reshape(skus, AHEAD), 0)
    took = time.perf_counter() - began
    score = rmsse(demand[:, :DAYS], demand[:, DAYS:], mean)
    return {"seconds": took, "rmsse": score, "sample": _sampled(demand, mean), "peak": own_peak()}


def prophet(skus: int) -> dict[str, float]:
    """Prophet of a sample of SKUs, the promotion as a regressor."""
    import logging

    from prophet import Prophet

    logging.getLogger("cmdstanpy").disabled = True
    demand, promoted, _ = made(skus)
    chosen, days = _sample(skus), pd.date_range(FIRST, periods=DAYS + AHEAD)
    mean = np.zeros((len(chosen), AHEAD))
    began = time.perf_counter()
    for place, sku in enumerate(chosen):
        table = pd.DataFrame({"ds": days, "y": demand[sku], "promoted": promoted[sku] * 1.0})
        model = Prophet()
        model.add_regressor("promoted")
        model.fit(table.iloc[:DAYS])
        mean[place] = np.maximum(model.predict(table.iloc[DAYS:][["ds", "promoted"]]).yhat, 0)
    took = time.perf_counter() - began
    score = rmsse(demand[chosen, :DAYS], demand[chosen, DAYS:], mean)
    return {"seconds": took * skus / len(chosen), "rmsse": score, "sample": score, "peak": own_peak()}


if __name__ == "__main__":
    print(
        json.dumps(
            {"ours": ours, "ets": ets, "mlforecast": mlforecast, "prophet": prophet}[sys.argv[1]](int(sys.argv[2]))
        )
    )
