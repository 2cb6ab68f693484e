"""One side of a comparison of elasticities on a made panel; prints figures as JSON. Run: priced.py SIDE"""

import json
import sys
import time

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shopkeeper.pricing.panel import PricePanel

Floats = NDArray[np.float64]

SKUS, CATEGORIES, WEEKS = 2_000, 50, 104
FEW = 2  # categories that PyMC is given
SMALL = 200  # SKUs that a regression with a dummy for each SKU and each category's week can hold in memory
_SIZE = 10.0  # of the negative binomial


def made(skus: int = SKUS, seed: int = 5) -> tuple[PricePanel, Floats, Floats]:
    """A panel of weeks, the planted elasticities of SKUs, and the true levels of demand."""
    draw = np.random.default_rng(seed)
    category = np.arange(skus) % (skus // (SKUS // CATEGORIES))
    slope = -2 + 0.4 * draw.normal(size=category.max() + 1)[category] + 0.3 * draw.normal(size=skus)
    off = -1.0 * (draw.random((skus, WEEKS)) < 0.35) * draw.uniform(0.05, 0.3, (skus, WEEKS))
    level = draw.lognormal(1, 1, skus)[:, None] * np.exp(0.2 * draw.normal(size=(category.max() + 1, WEEKS)))[category]
    mean = level * np.exp(slope[:, None] * off)
    sold = draw.poisson(mean * draw.gamma(_SIZE, 1 / _SIZE, mean.shape)).astype(float)
    price, one = draw.uniform(20, 200, skus)[:, None] * np.exp(off), np.ones(skus)
    rows = pd.DataFrame(
        {"sku": [f"s{n}" for n in range(skus)], "product": None, "category": [f"k{n}" for n in category]}
    )
    starts, none = (
        pd.date_range("2024-01-01", periods=WEEKS, freq="7D"),
        pd.DataFrame({"place": [], "period": [], "units": []}, dtype=int),
    )
    panel = PricePanel(
        rows, starts, np.full(WEEKS, 7), sold, np.ones(sold.shape), price, {}, none, price[:, -1], one, one, 0 * one
    )
    return panel, slope, level


def table(panel: PricePanel) -> pd.DataFrame:
    """sku, category, week, log_price, sold."""
    sku, week = np.indices(panel.sold.shape).reshape(2, -1)
    return pd.DataFrame({
        "sku": sku, "category": pd.factorize(panel.skus.category)[0][sku], "week": week, "log_price": np.log(panel.price).ravel(), "sold": panel.sold.ravel(),
    })  # fmt: skip


def ours() -> dict[str, float]:
    """The hierarchical model of all SKUs."""
    from functools import partial

    from shopkeeper.pricing.looked import density, looked_at
    from shopkeeper.pricing.price_model import cells_of, places, told_skus, unknowns
    from shopkeeper.sampler import draw_many

    panel, slope, _ = made()
    began = time.perf_counter()
    cells = looked_at(cells_of(panel))
    looked = time.perf_counter()
    drawn = draw_many(partial(density, cells), places(cells)["lift"].stop, 1)
    found, ended = unknowns(drawn.flat, cells)["sku"], time.perf_counter()
    return {
        "seconds": ended - began,
        "drawing": ended - looked,
        "ess": drawn.checks["ess"],
        "r_hat": drawn.checks["r_hat"],
    } | _errors(found, slope[told_skus(panel)])


def by_nutpie() -> dict[str, float]:
    """The same density drawn by nutpie, as it was before there were steps of its own: two chains of 1,000 after 200."""
    from functools import partial

    import arviz as az
    import nutpie
    from shopkeeper.pricing.looked import density, looked_at
    from shopkeeper.pricing.price_model import cells_of, places

    cells = looked_at(cells_of(made()[0]))
    log_density, size = partial(density, cells), places(cells)["lift"].stop
    began = time.perf_counter()
    sampler = nutpie.compiled_pyfunc.from_pyfunc(
        size, lambda: lambda at, **_: log_density(at), lambda *_: lambda at, **__: {"z": at}, [np.dtype("float64")], [(size,)], ["z"],
        make_initial_point_fn=lambda seed: np.random.default_rng(seed).normal(size=size),
    )  # fmt: skip
    with pd.option_context("future.infer_string", False):
        trace = nutpie.sample(
            sampler, draws=1000, tune=200, chains=2, cores=1, seed=1, progress_bar=False, target_accept=0.7, adaptation="diag"
        )  # fmt: skip
    seconds = time.perf_counter() - began
    kept = az.from_dict({"posterior": {"z": trace.posterior["z"].to_numpy()}}).posterior.dataset
    least = min(float(az.ess(kept, method=how)["z"].min()) for how in ("bulk", "tail"))
    return {"seconds": seconds, "ess": least}


def _errors(draws: Floats, true: Floats) -> dict[str, float]:
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return {
        "rmse": float(np.sqrt(np.mean((draws.mean(axis=0) - true) ** 2))),
        "held": float(((low <= true) & (true <= high)).mean()),
    }


def mixedlm() -> dict[str, float]:
    """Statsmodels MixedLM: log sales beside the category's week, a slope for each SKU, weeks without a sale left out."""
    import statsmodels.formula.api as smf

    panel, slope, _ = made()
    rows = table(panel)
    began = time.perf_counter()
    rows = rows[rows.sold > 0].assign(logged=lambda kept: np.log(kept.sold))
    for name in ("logged", "log_price"):
        rows[name] -= rows.groupby(["category", "week"])[name].transform("mean")
        rows[name] -= rows.groupby("sku")[name].transform("mean")
    fit = smf.mixedlm("logged ~ log_price - 1", rows, groups="sku", re_formula="~log_price - 1").fit()
    found = fit.params["log_price"] + pd.Series({sku: effect.iloc[0] for sku, effect in fit.random_effects.items()})
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "rmse": float(np.sqrt(np.mean((found - slope[found.index]) ** 2)))}


def pymc() -> dict[str, float]:
    """One PyMC model a category: the same likelihood, each week's level and each SKU's an unknown; seconds for all, from FEW categories."""
    import nutpie
    import pymc as pm

    panel, slope, _ = made()
    rows = table(panel)
    seconds, errors, ess = 0.0, [], []
    for category in range(FEW):
        part = rows[rows.category == category]
        sku, skus = pd.factorize(part["sku"])
        began = time.perf_counter()
        with pm.Model() as model:
            middle, spread = pm.Normal("middle", -2, 1), pm.LogNormal("spread", -0.9, 0.6)
            own = pm.Deterministic("own", middle + spread * pm.Normal("z", shape=len(skus)))
            level, week = pm.Normal("level", 1, 2, shape=len(skus)), pm.Normal("week", 0, 0.5, shape=WEEKS)
            centred = part.log_price - part.groupby("sku").log_price.transform("mean")
            mean = pm.math.exp(level[sku] + week[part.week] + own[sku] * centred.to_numpy())
            pm.NegativeBinomial("sold", mu=mean, alpha=pm.LogNormal("size", 2, 1), observed=part.sold.to_numpy())
        with pd.option_context("future.infer_string", False):  # nutpie takes plain strings only
            trace = nutpie.sample(
                nutpie.compile_pymc_model(model), draws=1000, tune=500, chains=2, cores=1, seed=1, progress_bar=False
            )
        seconds += time.perf_counter() - began
        found = trace.posterior["own"].to_numpy()
        import arviz as az

        ess.append(float(az.ess(az.from_dict({"posterior": {"own": found}}).posterior.dataset)["own"].min()))
        errors.append(found.reshape(-1, len(skus)).mean(axis=0) - slope[skus])
    rmse = float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))
    return {"seconds": seconds * CATEGORIES / FEW, "rmse": rmse, "ess": min(ess)}


def fixed() -> dict[str, float]:
    """Poisson with fixed effects of SKUs and of categories' weeks, of SMALL SKUs."""
    from shopkeeper.pricing.price_model import cells_of
    from shopkeeper.pricing.within import poisson, telling

    cells = cells_of(made(SMALL)[0])
    poisson(cells, rows := telling(cells), cells.log_price[rows.cell][:, None])  # compiled
    began = time.perf_counter()
    rows = telling(cells)
    found = poisson(cells, rows, cells.log_price[rows.cell][:, None])
    return {"seconds": time.perf_counter() - began, "slope": float(found.coefficients[0])}


def dummies() -> dict[str, float]:
    """Statsmodels OLS of log sales with a dummy for each SKU and each category's week, weeks without a sale left out, of SMALL SKUs."""
    import statsmodels.api as sm

    rows = table(made(SMALL)[0])
    began = time.perf_counter()
    rows = rows[rows.sold > 0]
    of_week = rows.category * WEEKS + rows.week
    columns = [pd.get_dummies(name, dtype=float).iloc[:, drop:] for drop, name in ((0, rows["sku"]), (1, of_week))]
    fit = sm.OLS(np.log(rows.sold.to_numpy()), np.column_stack([rows.log_price, *columns])).fit()
    return {"seconds": time.perf_counter() - began, "slope": float(fit.params[0])}


def list_of_many() -> dict[str, float]:
    """A price list of 10,000 SKUs in markets of 40, under every rule, from 500 draws."""
    from shopkeeper.pricing.optimise import Demand, price_list
    from shopkeeper.pricing.rules import Rules

    draw, skus, draws = np.random.default_rng(1), 10_000, 500
    price = np.floor(draw.uniform(5, 300, skus)) + 0.9
    offers = pd.DataFrame({
        "sku": [f"s{n}" for n in range(skus)], "market": 1 + np.arange(skus) // 40, "price": price, "before": price, "kept": 0.9, "cost": price * draw.uniform(0.2, 0.6, skus),
        "stock": np.where(draw.random(skus) < 0.3, draw.integers(5, 200, skus), np.inf), "competitor": np.where(draw.random(skus) < 0.3, price * 1.02, np.nan),
        "is_tried": True,
    })  # fmt: skip
    power = np.clip(0.4 + 0.1 * draw.normal(size=(draws, skus // 40)), 0, 1)[:, np.arange(skus) // 40]
    demand = Demand(
        draw.gamma(2, 30, skus) * np.exp(0.1 * draw.normal(size=(draws, skus))),
        -2.2 + 0.6 * draw.normal(size=skus) + 0.3 * draw.normal(size=(draws, skus)),
        power,
    )
    few = Demand(*(table[:, :80] for table in (demand.units, demand.beside, demand.power)))
    price_list(offers.head(80), few, Rules(band=0.1))  # compiled
    began = time.perf_counter()
    found = price_list(offers, demand, Rules(band=0.1))
    return {"seconds": time.perf_counter() - began, "safe": float(found.rows.is_safe.mean())}


SIDES = {each.__name__: each for each in (ours, by_nutpie, mixedlm, pymc, fixed, dummies, list_of_many)}

if __name__ == "__main__":
    print(json.dumps(SIDES[sys.argv[1]]()))
