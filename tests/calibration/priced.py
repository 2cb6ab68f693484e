"""Elasticities and price lists in brands of known truth, each learnt from the days before 20 March 2026 and lived through in the 28 days after.

What is learnt is what an analyst sees: units sold on days with a full shelf, posted prices, promotions. Units of the four weeks ahead are
known as from a forecast that is 10% off for the brand and 20% for a SKU. In odd brands a category hardly follows its prices (-0.8 for a SKU of
-2.2, with categories .2 apart in how far they do, as on complete_journey), in even ones it does (-1.6), so that to make everything dearer is no answer. The oracle knows tastes, shocks and who will come, and
keeps the same rules.
"""

import datetime as dt
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from bands import verdict
from numpy.typing import NDArray
from shopkeeper.pricing.elasticity import Elasticities, fit_elasticities
from shopkeeper.pricing.ladder import bounds
from shopkeeper.pricing.loyalty import loyalty, same_again
from shopkeeper.pricing.optimise import Demand, price_list
from shopkeeper.pricing.panel import Daily, PricePanel, over_periods
from shopkeeper.pricing.rules import Rules
from shopkeeper.simulate import World
from shopkeeper.simulate.checkout import FEE, SALE
from shopkeeper.simulate.history import History, live
from shopkeeper.simulate.names import CATEGORIES
from shopkeeper.simulate.price_oracle import oracle_prices
from shopkeeper.simulate.price_replay import Horizon, expected, make_horizon, totals

Floats = NDArray[np.float64]

SEEDS, FIRST, DAYS = range(640, 700), dt.date(2026, 3, 20), 28
BRAND_OFF, SKU_OFF = 0.1, 0.2  # errors of the forecast of units, in logs
RULES = Rules(step=0.1, level=None, keep_endings=False)  # as free as the oracle


class Lived(NamedTuple):
    """Of one brand: intervals that hold what is true, by what they are of; errors of SKUs by estimate, and shares of the oracle's gain."""

    held: dict[str, list[bool]]
    errors: dict[str, Floats]
    wrong: float
    gains: dict[str, float]


def world_of(seed: int) -> World:
    """A brand of 60 SKUs in five categories over two years, whose customers come by themselves."""
    return World(
        seed=seed, customers=9_000, skus=60, categories=5, marketing=False, browsing=0, paired_promotions=False,
        category_elasticity=-0.8 if seed % 2 else -1.6, nest_sd=0.9,
    )  # fmt: skip


def panel_of(history: History, until: int) -> PricePanel:
    """What an analyst sees of a history before the day of that number."""
    scene, count = history.scene, len(history.scene.catalogue.skus)
    sold, requests = np.zeros((count, until)), history.requests[history.requests.day < until]
    np.add.at(sold, (requests["sku"], requests.day), requests.sold)
    price = scene.prices.price[:until].T / 100
    launched = scene.catalogue.skus.launched.to_numpy()
    is_out = history.stock.is_out[:until].any(axis=2).T.astype(bool)
    is_open = ~is_out & (np.arange(until) >= launched[:, None])
    promoted = scene.prices.promotion[:until].T >= 0
    days = pd.date_range(scene.world.first_day, periods=until)
    codes, category = scene.catalogue.skus["sku"], np.array(CATEGORIES)[scene.catalogue.skus.category]
    quiet = pd.DataFrame(np.where(promoted, np.nan, price).T).ffill().to_numpy()[-1]
    again = loyalty(same_again(_bought(requests, category)).execute())
    return PricePanel(
        pd.DataFrame({"sku": codes, "product": codes, "category": category}), today=quiet, alone=np.ones(count), paid_rate=np.ones(count),
        loyalty=pd.Series(np.arange(count)).map(again).fillna(0.0).to_numpy(),
        **over_periods(Daily(days, sold, price, is_open, is_out & (sold > 0), {"discount": promoted})),
    )  # fmt: skip


def _bought(requests: pd.DataFrame, category: NDArray[np.str_]) -> ir.Table:
    """What loyalty is told by, of what was sold."""
    sold = requests[requests.sold > 0]
    return ibis.memtable(pd.DataFrame({
        "customer_id": sold.customer, "sku": sold["sku"], "category": category[sold["sku"]], "day": pd.Timestamp(0) + pd.to_timedelta(sold.day, "D"), "units": sold.sold,
    })).mutate(day=ibis._.day.date())  # fmt: skip


def lived(seed: int) -> Lived:
    """One brand, learnt from and lived through."""
    history = live(world_of(seed))
    horizon = make_horizon(history, FIRST, DAYS)
    panel = panel_of(history, horizon.first)
    found = fit_elasticities(panel, seed)
    held, errors, wrong = beside_truth(history, panel, found)
    gains, is_held = replayed(horizon, panel, found, seed)
    return Lived(held | is_held, errors, wrong, gains)


def beside_truth(
    history: History, panel: PricePanel, found: Elasticities
) -> tuple[dict[str, list[bool]], dict[str, Floats], float]:
    """Whether intervals hold what is planted, errors of SKUs beside those of a regression of each by itself, and the share of wrong signs."""
    skus, nest = history.scene.catalogue.skus, history.scene.nest
    own = pd.Series((skus.elasticity * history.shares.marginal(nest)).to_numpy(), skus["sku"])
    rows, of = found.by_sku, found.by_category.set_index("category")
    true = own[rows["sku"]].to_numpy()
    lines = pd.DataFrame({
        "category": np.array(CATEGORIES)[skus.category], "lines": history.shares.expected, "own": own.to_numpy() * history.shares.expected,
        "all": nest * skus.elasticity * history.shares.sensitive,
    })  # fmt: skip
    sums = lines[skus["sku"].isin(rows["sku"]).to_numpy()].groupby("category").sum().loc[of.index]
    mean, together = sums.own / sums.lines, sums["all"] / sums.lines
    held = {
        "elasticity of a SKU": _within(rows.low, true, rows.high),
        "elasticity of a category's SKUs, mean": _within(of.low, mean, of.high),
        "elasticity of a category to all its prices": _within(of.together_low, together, of.together_high),
    }
    alone = np.array([one_by_one(panel, place) for place in panel.skus.index[panel.skus["sku"].isin(rows["sku"])]])
    errors = {"ours": (rows.elasticity - true).to_numpy(), "alone": alone - true}
    return held, errors, float((rows.elasticity >= 0).mean())


def _within(low: pd.Series, true: "pd.Series | Floats", high: pd.Series) -> list[bool]:
    return [bool(a <= t <= b) for a, t, b in zip(low, true, high, strict=True)]


def one_by_one(panel: PricePanel, place: int) -> float:
    """The slope of a SKU's log sales a day in its log price, weeks without a sale left out: what a spreadsheet would say."""
    sold, price, days = panel.sold[place], panel.price[place], panel.open[place] * panel.days
    here = (sold > 0) & (price > 0) & (days > 0)
    spread = np.ptp(np.log(price[here])) if here.sum() > 2 else 0.0
    return float(np.polyfit(np.log(price[here]), np.log(sold[here] / days[here]), 1)[0]) if spread > 0 else 0.0


def replayed(
    horizon: Horizon, panel: PricePanel, found: Elasticities, seed: int
) -> tuple[dict[str, float], dict[str, list[bool]]]:
    """Gains over today's prices, as foretold, of our list, of the oracle's and of the list under the rules that are shipped; and whether
    the intervals foretold hold ours.
    """
    draw = np.random.default_rng(seed)
    codes = panel.skus["sku"]
    today = pd.DataFrame({"sku": codes, "price": panel.today})
    units = expected(horizon, {"today": today}).set_index("sku").units
    offers = offers_of(horizon, panel, found)
    true = units[offers["sku"]].to_numpy()
    half = (BRAND_OFF**2 + SKU_OFF**2) / 2  # so that the forecast's mean is right, and so is that of its draws
    off = np.exp(BRAND_OFF * draw.normal() + SKU_OFF * draw.normal(size=len(true)) - half)
    noise = BRAND_OFF * draw.normal(size=(len(found.beside), 1)) + SKU_OFF * draw.normal(size=found.beside.shape)
    demand = Demand(true * off * np.exp(noise - half), found.beside, found.power)
    made, shipped = price_list(offers, demand, RULES), price_list(offers, demand, Rules())
    low, high = bounds(offers, RULES)
    oracle = oracle_prices(
        horizon, pd.DataFrame({"sku": offers["sku"], "lowest": np.minimum(low, offers.price), "highest": high})
    )
    new = made.rows.new.to_numpy()
    lists = {"today": today, "ours": _listed(today, offers["sku"], new), "oracle": _listed(today, oracle["sku"], oracle.price),
             "shipped": _listed(today, offers["sku"], shipped.rows.new), "all": _listed(today, offers["sku"], made.rows.best.to_numpy())}  # fmt: skip
    brought = totals(expected(horizon, lists)).contribution
    gain = brought - brought["today"]
    held = {
        f"gain of the price list{rules}": _held(one.total, came)
        for rules, one, came in (("", made, gain.ours), (" under the shipped rules", shipped, gain.shipped))
    }
    foretold = {"foretold": float(made.total.mean()), "foretold_shipped": float(shipped.total.mean())}
    return foretold | gain.drop("today").to_dict() | {"base": brought["today"]}, held


def _held(draws: Floats, came: float) -> list[bool]:
    low, high = np.quantile(draws, [0.05, 0.95])
    return [bool(low <= came <= high)]


def offers_of(horizon: Horizon, panel: PricePanel, found: Elasticities) -> pd.DataFrame:
    """The offers as an analyst has them: what coupons and the platform leave of a price, and what a unit and its delivery cost."""
    scene, sold = horizon.history.scene, horizon.history.orders
    sold = sold[(sold.kind == SALE) & (sold.day < horizon.first)]
    place = panel.skus.reset_index().set_index("sku").loc[found.of["sku"], "index"].to_numpy()
    return pd.DataFrame({
        "sku": found.of["sku"], "market": found.of.market, "price": panel.today[place], "before": panel.before[place], "kept": horizon.stays * (1 - FEE),
        "cost": scene.cost[horizon.first, place] / 100 + sold.logistics_fen.sum() / sold.units.sum() / 100,
        "stock": np.inf, "competitor": np.nan, "is_tried": True,
    })  # fmt: skip


def _listed(today: pd.DataFrame, skus: pd.Series, price: Floats) -> pd.DataFrame:
    new = today.set_index("sku").price.copy()
    new[list(skus)] = np.asarray(price)
    return new.reset_index()


def table_of(all_of: list[Lived]) -> str:
    """Coverage, errors and gains in one text."""
    lines = ["| 90% interval of | intervals | coverage | 99% band | holds |\n|---|---|---|---|---|\n"]
    lines += [f"| {name} | {verdict(one.held[name] for one in all_of)} |\n" for name in all_of[0].held]
    root = {
        name: np.sqrt(np.mean(np.concatenate([one.errors[name] for one in all_of]) ** 2)) for name in ("ours", "alone")
    }
    lines.append(
        f"\nRoot mean squared error of SKUs: {root['ours']:.3f}, of a regression of each by itself {root['alone']:.3f} "
        f"({root['ours'] / root['alone']:.2f} of it); wrong signs {np.mean([one.wrong for one in all_of]):.1%}; bias {np.mean(np.concatenate([one.errors['ours'] for one in all_of])):+.3f}.\n"
    )
    for name, part in (
        ("categories that hardly follow their prices", 1),
        ("categories that do", 0),
        ("all brands", None),
    ):
        chosen = [one for seed, one in zip(SEEDS, all_of, strict=False) if part is None or seed % 2 == part]
        sums = {key: sum(one.gains[key] for one in chosen) for key in chosen[0].gains} if chosen else {}
        if sums:
            lines.append(
                f"\n{name}: foretold {sums['foretold'] / sums['base']:.1%} of contribution, brought {sums['ours'] / sums['base']:.1%}, all that should gain in the mean "
                f"{sums['all'] / sums['base']:.1%}, under the shipped rules foretold {sums['foretold_shipped'] / sums['base']:.1%} and brought {sums['shipped'] / sums['base']:.1%}; oracle {sums['oracle'] / sums['base']:.1%}: {sums['ours'] / sums['oracle']:.0%} of the oracle's "
                f"(each brand: {', '.join(f'{one.gains["ours"] / one.gains["oracle"]:.0%}' for one in chosen)}).\n"
            )
    return "".join(lines)
