"""One side of the media-mix measurements, in a process of its own: `python mixed.py SIDE REGIONS`; prints what it found as JSON.

The data are made here: weekly sales of six channels with geometric carry-over and logistic saturation, the form that both sides have.
"""

import json
import sys
import time

import numpy as np
import pandas as pd

WEEKS, CHANNELS, LAGS = 156, 6, 8
NAMES = [f"channel {number}" for number in range(CHANNELS)]
Made = tuple[
    pd.DatetimeIndex, np.ndarray, np.ndarray
]  # weeks, spend (weeks × regions × channels), sales (weeks × regions)


def made(regions: int, seed: int) -> Made:
    """Spend and sales of one brand."""
    draw = np.random.default_rng(seed)
    weeks = WEEKS + LAGS - 1
    size = np.sort(draw.dirichlet(np.full(regions, 6.0)))[::-1]
    level = np.exp(
        np.cumsum(draw.normal(0, 0.12, (weeks, regions, CHANNELS)), axis=0)
        + draw.normal(0, 0.4, (weeks, regions, CHANNELS))
    )
    spend = 40 * size[:, None] * level / level.mean(axis=0)
    stock = sum(0.5 * 0.5**lag * spend[LAGS - 1 - lag : weeks - lag] for lag in range(LAGS))
    reached = np.tanh(0.6 * stock / (40 * size[:, None]))
    week = np.arange(WEEKS)
    base = 1 + 0.08 * np.sin(2 * np.pi * week / 52.18) + 0.05 * (week - WEEKS / 2) / 52
    brought = (reached / reached.mean(axis=0) * np.linspace(0.03, 0.1, CHANNELS)).sum(axis=2)
    sales = 1_000 * size * (0.6 * base[:, None] + brought + draw.normal(0, 0.03, (WEEKS, regions)))
    return (
        pd.date_range("2021-01-04", periods=weeks, freq="7D"),
        spend,
        np.concatenate([np.tile(1_000 * size, (LAGS - 1, 1)), sales]),
    )


def ours(regions: int, seed: int) -> dict[str, float]:
    """The media mix of shopkeeper: the least effective samples of any unknown, and how far roas and shape are known."""
    from shopkeeper.attribution.evidence import evidence
    from shopkeeper.attribution.media_mix import fit
    from shopkeeper.attribution.panel import Panel

    weeks, spend, sales = made(regions, seed)
    panel = Panel(weeks, tuple(map(str, range(regions))), tuple(NAMES), spend, sales, 0 * sales)
    turn = 2 * np.pi * np.arange(WEEKS) / 52.18
    base = pd.DataFrame(
        {
            "trend": np.linspace(-0.5, 0.5, WEEKS),
            "sin 1": np.sin(turn),
            "cos 1": np.cos(turn),
            "sin 2": np.sin(2 * turn),
            "cos 2": np.cos(2 * turn),
        }
    )
    base.attrs["sd"] = [0.3, *[0.15] * 4]
    mix = fit(evidence(panel, base), seed)
    return {"ess": mix.checks["ess"], "r_hat": mix.checks["r_hat"], "divergences": mix.checks["divergences"]}


def theirs(regions: int, seed: int) -> dict[str, float]:
    """MMM of pymc-marketing with nutpie, as many chains and draws."""
    import arviz as az
    from pymc_marketing.mmm import MMM, GeometricAdstock, LogisticSaturation

    weeks, spend, sales = made(regions, seed)
    frames = [
        pd.DataFrame(spend[LAGS - 1 :, place], columns=NAMES).assign(
            date=weeks[LAGS - 1 :], region=str(place), trend=np.linspace(-0.5, 0.5, WEEKS), y=sales[LAGS - 1 :, place]
        )
        for place in range(regions)
    ]
    rows = pd.concat(frames, ignore_index=True)
    model = MMM(
        date_column="date", channel_columns=NAMES, target_column="y", adstock=GeometricAdstock(l_max=LAGS), saturation=LogisticSaturation(),
        yearly_seasonality=2, control_columns=["trend"], dims=("region",) if regions > 1 else None,
    )  # fmt: skip
    told = rows.drop(columns=["y"] if regions > 1 else ["y", "region"])
    trace = model.fit(
        told, rows.y, nuts_sampler="nutpie", chains=2, draws=1_300, tune=1_000, random_seed=seed, progressbar=False
    )
    names = [
        name for name in trace.posterior.data_vars if trace.posterior[name].ndim <= 4 and "contribution" not in name
    ]
    free = {variable.name for variable in model.model.free_RVs}
    known = trace.posterior.dataset if hasattr(trace.posterior, "dataset") else trace.posterior
    checked = [name for name in names if name in free]
    bulk, tail, r_hat = az.ess(known[checked]), az.ess(known[checked], method="tail"), az.rhat(known[checked])
    least = min(float(each[name].min()) for each in (bulk, tail) for name in checked)
    return {
        "ess": least,
        "r_hat": max(float(r_hat[name].max()) for name in checked),
        "divergences": float(trace.sample_stats.diverging.sum()),
    }


def main(side: str, regions: int) -> None:
    """The first brand, all that is loaded and compiled included; then the next in the same process."""
    began = time.perf_counter()
    found = [{"ours": ours, "theirs": theirs}[side](regions, 1)]
    first = time.perf_counter() - began
    began = time.perf_counter()
    found.append({"ours": ours, "theirs": theirs}[side](regions, 2))
    again = time.perf_counter() - began
    print(
        json.dumps(
            {
                "first": first,
                "next": again,
                "ess_first": found[0]["ess"],
                "ess_next": found[1]["ess"],
                "r_hat": max(each["r_hat"] for each in found),
                "divergences": sum(each["divergences"] for each in found),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
