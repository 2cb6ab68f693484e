"""Customers of known truth, and what one side makes of them, as a process of its own: prints it as JSON. Run by customer_value.py."""

import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from measure import own_peak

CUSTOMERS, DAYS = 1_000_000, 730
TRUTH = {"r": 0.6, "alpha": 60.0, "a": 0.8, "b": 2.5}
_CHANNELS = np.array(["affiliate", "email", "live", "search", "social", "store"])
_P, _Q, _V = 6.0, 4.0, 60.0  # of Gamma-Gamma
_LEARNT_FROM, _RATE = 20_000, 0.1
_SAME, _USUAL = (2, 200, 900), (4, 1000, 1000)  # chains, steps to tune, draws: as ours has them, and as PyMC's users do
_SAMPLERS = {"nutpie": ("nutpie", _SAME), "nutpie_usual": ("nutpie", _USUAL), "nuts_usual": ("pymc", _USUAL)}


def write(folder: Path) -> None:
    """A million customers of BG/NBD, in whole days, with what they came by and what an order of theirs brought."""
    draw = np.random.default_rng(5)
    bought = _bought(draw)
    nu, n = draw.gamma(_Q, size=CUSTOMERS) / _V, bought.frequency + 1
    cell = draw.integers(0, len(_CHANNELS), CUSTOMERS)
    spent = {"order_days": n, "amount": draw.gamma(_P * n) / nu / n, "cell": cell, "group": _CHANNELS[cell]}
    bought.assign(**spent).to_parquet(folder / "customers.parquet")


def _bought(draw: np.random.Generator) -> pd.DataFrame:
    """Frequency, recency and T: as many orders as a customer would place by now, or stays for; the last of so many."""
    r, alpha, a, b = TRUTH.values()
    age = draw.integers(0, DAYS, CUSTOMERS)
    placed = draw.poisson(draw.gamma(r, size=CUSTOMERS) / alpha * age)
    stays = draw.geometric(np.maximum(draw.beta(a, b, CUSTOMERS), 1e-12))
    came = np.minimum(placed, stays)
    last = age * draw.beta(np.maximum(came, 1), placed - came + 1)
    recency = np.where(came > 0, np.ceil(last), 0.0)
    return pd.DataFrame({"frequency": came, "recency": recency, "T": age}).astype("float64")


def likeliest(folder: Path) -> dict[str, float]:
    """Ours: alike customers brought together, then maximum likelihood."""
    from shopkeeper.clv.fit import collapse, maximum_likelihood

    rows = read(folder)[["frequency", "recency", "T"]]
    began = time.perf_counter()
    fit = maximum_likelihood("bgnbd", collapse(rows))
    return {"seconds": time.perf_counter() - began} | dict(zip(TRUTH, fit.theta, strict=True))


def likeliest_of_lifetimes(folder: Path) -> dict[str, float]:
    """The same by lifetimes."""
    from lifetimes import BetaGeoFitter

    rows = read(folder)
    began = time.perf_counter()
    fit = BetaGeoFitter().fit(rows.frequency, rows.recency, rows["T"])
    return {"seconds": time.perf_counter() - began, **fit.params_}


def posterior(seed: int) -> dict[str, float]:
    """Ours on CDNOW. All that Python loads for it is timed too."""
    began = time.perf_counter()
    from shopkeeper.clv import posterior as ours

    days = _cdnow().assign(cell=0)
    days[["recency", "T"]] = (days[["recency", "T"]] * 7).round()
    found = ours.sample("bgnbd", days, pd.DataFrame(index=[0]), seed)
    seconds = time.perf_counter() - began
    draws = [found.first, *(each[:, 0] for each in found.others)]
    return _effective({name: each.reshape(ours._CHAINS, -1) for name, each in zip(TRUTH, draws, strict=True)}, seconds)


def posterior_of_pymc_marketing(sampler: str, seed: int) -> dict[str, float]:
    """The same by pymc-marketing, in weeks, as what it takes to be known before expects them."""
    nuts, (chains, tune, draws) = _SAMPLERS[sampler]
    began = time.perf_counter()
    from pymc_marketing.clv import BetaGeoModel

    model = BetaGeoModel()
    model.fit(
        _cdnow().rename(columns={"ID": "customer_id"}), nuts_sampler=nuts, chains=chains, tune=tune, draws=draws, cores=1,
        random_seed=seed, progressbar=False,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    assert model.idata
    found = {name: model.idata.posterior[name].to_numpy() for name in TRUTH}
    return _effective(found | {"alpha": 7 * found["alpha"]}, seconds)


def _cdnow() -> pd.DataFrame:
    """The customers that ship with lifetimes, in weeks."""
    found = find_spec("lifetimes")  # not imported, which would take time that a side is charged for
    assert found
    assert found.origin
    return pd.read_csv(Path(found.origin).parent / "datasets" / "cdnow_customers_summary.csv")


def _effective(chains: dict[str, np.ndarray], seconds: float) -> dict[str, float]:
    """The fewest effective samples of the four parameters; and the means and deviations of these."""
    import arviz as az

    kept = az.convert_to_dataset(chains)
    fewest = {kind: min(float(each) for each in az.ess(kept, method=kind).values()) for kind in ("bulk", "tail")}
    deviations = {f"{name}_deviation": float(each.std()) for name, each in chains.items()}
    return {"seconds": seconds} | fewest | {name: float(each.mean()) for name, each in chains.items()} | deviations


def scored(folder: Path) -> dict[str, float]:
    """What a million customers should bring and how far it may be off, by a posterior of 20,000 of them."""
    from shopkeeper.clv import posterior, spend, value

    customers = read(folder)
    some = customers.sample(_LEARNT_FROM, random_state=1)
    found = posterior.sample("bgnbd", some, pd.DataFrame({"channel": _CHANNELS}), seed=1)
    began = time.perf_counter()
    told = value.expected(found, customers, _RATE)
    middle = time.perf_counter()
    limits, _ = value.drawn(found, spend.GammaGamma(_P, _Q, _V, 0.0, np.eye(3)), customers, _RATE, seed=1)
    assert len(told) == len(limits) == CUSTOMERS
    return {"expected": middle - began, "drawn": time.perf_counter() - middle}


def read(folder: Path) -> pd.DataFrame:
    """The customers written."""
    return pd.read_parquet(folder / "customers.parquet")


SIDES = {each.__name__: each for each in (likeliest, likeliest_of_lifetimes, scored)}


def main(side: str, of: str) -> None:
    """Run one side. of: the folder with the customers, or a seed."""
    if side in SIDES:
        found = SIDES[side](Path(of))
    else:
        found = posterior(int(of)) if side == "posterior" else posterior_of_pymc_marketing(side, int(of))
    print(json.dumps(found | {"peak": own_peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
