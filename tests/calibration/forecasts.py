"""Forecasts of what sells, held against what came: of each real brand and of aurora four origins, 28 days each, out of time.

What is forecast for today by `demand` stands beside seasonal naive, exponential smoothing (AutoETS, and one without a trend) and TSB of
every SKU, summed to categories and brand. Methods, how far forecasts of the brand are heard, and the spread of paths are those that the
other three origins tell. RMSSE of a level is weighed by net revenue of the four weeks before; WRMSSE is the mean of the levels. Off is how
many points more or fewer outcomes than it says lie below a quantile (.05 to .95), at worst; outcomes among equals are ranked by chance.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shopkeeper.demand.accuracy import came, top_skus
from shopkeeper.demand.ahead import ahead_rows, money_of
from shopkeeper.demand.classical import ets, seasonal_naive, steady_ets, tsb
from shopkeeper.demand.forecast import Agreed, Forecast, errors_of, forecast
from shopkeeper.demand.hierarchy import Hierarchy, hierarchy
from shopkeeper.demand.origins import Origin
from shopkeeper.demand.quantiles import LEVELS, learn_levels, ranks
from shopkeeper.demand.scores import bias, over_levels, rmsse, weighted
from shopkeeper.demand.spread import learn_spread, sample_paths
from shopkeeper.shop import Shop

BRANDS = ("aurora", "complete_journey", "online_retail")
PEERS = {"seasonal naive": seasonal_naive, "AutoETS": ets, "ETS without trend": steady_ets, "TSB": tsb}
OURS, PATHS = "routed", 300
Floats = NDArray[np.float64]


class Ranked(NamedTuple):
    """Of one origin, where outcomes of SKUs and days fell among the paths, their class, and whether they were promoted."""

    rank: Floats
    kind: NDArray[np.str_]
    promoted: NDArray[np.bool_]


def level_scores(origin: Origin, made: Floats) -> dict[str, float]:
    """RMSSE of each level, WRMSSE by day and by week, and bias of a forecast of SKUs."""
    tree = hierarchy(origin.panel)
    single = np.r_[np.ones(len(tree.level) - len(made), bool), ~origin.panel.skus.is_rest.to_numpy()]
    past = np.vstack([tree.of(origin.panel.demand)[: -len(made)], origin.panel.demand])
    weight = np.where(single, tree.of(origin.weight[:, None])[:, 0], 0.0)
    came, told = tree.of(origin.wanted), tree.of(made)
    daily = _by_level(tree, rmsse(past, came, told), weight)
    weekly = _by_level(tree, rmsse(_weeks(past), _weeks(came), _weeks(told)), weight)
    return daily | {"weekly wrmsse": weekly["wrmsse"], "bias": bias(origin.wanted, made)}


def _by_level(tree: Hierarchy, scores: Floats, weight: Floats) -> dict[str, float]:
    parts = {level: (scores[tree.at(level)], weight[tree.at(level)]) for level in dict.fromkeys(tree.level)}
    told = {level: weighted(*part) for level, part in parts.items()}
    return told | {"wrmsse": over_levels(*zip(*parts.values(), strict=True))}


def _weeks(daily: Floats) -> Floats:
    """Sums of whole weeks, counted back from the last day; NaN before a series begins."""
    days = daily.shape[1] // 7 * 7
    return np.asarray(daily[:, -days:].reshape(len(daily), -1, 7).sum(axis=2))


def scores_of(found: Forecast) -> pd.DataFrame:
    """One row per origin and method."""
    rows = []
    for origin, agreed in zip(found.origins, found.past, strict=True):
        everywhere = np.ones(len(origin.panel.skus), bool)
        made = {OURS: agreed.of_skus} | {name: peer(origin.panel, everywhere) for name, peer in PEERS.items()}
        rows += [
            {"origin": origin.panel.days[-1].date(), "method": name} | level_scores(origin, of)
            for name, of in made.items()
        ]
    return pd.DataFrame(rows)


def ranked(origin: Origin, agreed: Agreed, others: list[tuple[Origin, Agreed]], seed: int) -> Ranked:
    """Ranks of an origin's outcomes among paths drawn with the spread of the others; days with an empty shelf tell nothing."""
    spread = learn_spread([errors_of(one, of) for one, of in others])
    paths = sample_paths(agreed.of_skus, origin.kind, origin.panel.category[0], spread, PATHS, seed)
    seen = ~origin.is_out & (agreed.of_skus.sum(axis=1) > 0)[:, None]
    start = len(origin.panel.days)
    promoted = origin.panel.is_promoted[:, start : start + seen.shape[1]]
    kind = np.broadcast_to(origin.kind[:, None], seen.shape)
    return Ranked(ranks(paths, np.round(origin.wanted), seed)[seen], kind[seen], promoted[seen])


def grouped(one: Ranked) -> NDArray[np.str_]:
    """What a rank is calibrated with: its class, promoted days apart."""
    return np.char.add(one.kind.astype("U12"), np.where(one.promoted, " promoted", ""))


def calibrated(all_of: list[Ranked]) -> list[Floats]:
    """Ranks moved as those of the other origins tell: even over 0 to 1 where the quantiles are right."""
    made = []
    for place, one in enumerate(all_of):
        others = [other for at, other in enumerate(all_of) if at != place]
        moved = learn_levels(
            np.concatenate([other.rank for other in others]), np.concatenate([grouped(other) for other in others])
        )
        even, groups = np.empty_like(one.rank), grouped(one)
        for group in np.unique(groups):
            here = groups == group
            even[here] = np.interp(
                one.rank[here], moved.groups.get(str(group), moved.everywhere), np.linspace(0, 1, 201)
            )
        made.append(even)
    return made


def off(rank: Floats) -> float:
    """How far the share of outcomes below a quantile is from what it says, at worst of the levels."""
    return max(abs(float((rank < level).mean()) - level) for level in LEVELS)


def calibration_of(found: Forecast) -> dict[str, float]:
    """Off of all, of the worst class of 300 outcomes or more, and of promoted days."""
    pairs = list(zip(found.origins, found.past, strict=True))
    all_of = [
        ranked(*pair, [other for other in pairs if other[0] is not pair[0]], seed) for seed, pair in enumerate(pairs)
    ]
    rank = np.concatenate(calibrated(all_of))
    kind, promoted = (np.concatenate([getattr(one, name) for one in all_of]) for name in ("kind", "promoted"))
    by_class = {str(name): off(rank[kind == name]) for name in np.unique(kind) if (kind == name).sum() >= 300}
    return {"pooled": off(rank), "worst class": max(by_class.values())} | (
        {"promoted": off(rank[promoted])} if promoted.any() else {}
    )


def claims_of(found: Forecast) -> pd.DataFrame:
    """What would have been claimed on each origin of every SKU on sale, category and the brand, with what came; told by the other origins."""
    pairs, parts = list(zip(found.origins, found.past, strict=True)), []
    for seed, (origin, agreed) in enumerate(pairs):
        spread = learn_spread([errors_of(*pair) for pair in pairs if pair[0] is not origin])
        paths = sample_paths(agreed.of_skus, origin.kind, origin.panel.category[0], spread, PATHS, seed)
        start, core = len(origin.panel.days), top_skus(origin.panel)
        single = np.flatnonzero(origin.panel.on_sale(start) & ~origin.panel.skus.is_rest.to_numpy())
        rows = ahead_rows(origin.panel, paths, money_of(origin.panel), single.tolist())
        codes = set(origin.panel.skus["sku"].iloc[core])
        rows["of"] = np.where(
            rows.level != "sku", rows.level, np.where(rows.subject.isin(codes), "core SKU", "other SKU")
        )
        parts.append(rows.assign(actual=came(found.panel, rows, start)).dropna(subset="actual"))
    return pd.concat(parts)


def claims_table(rows: pd.DataFrame) -> str:
    """How many 90% intervals held what came, and skill beside the four weeks before, by what they are of."""
    rows = rows.assign(
        held=(rows.low <= rows.actual) & (rows.actual <= rows.high), ours=(rows.predicted - rows.actual).abs(),
        theirs=(rows.naive - rows.actual).abs(),
    )  # fmt: skip
    lines = ["| 90% interval of | days | intervals | held | skill |", "|---|---|---|---|---|"]
    for (of, days), part in rows.groupby(["of", "days"]):
        skill = 1 - part.ours.sum() / part.theirs.sum()
        lines.append(
            f"| {of}, units and net revenue | {days} | {len(part):,} | {part.held.mean():.1%} | {skill:+.2f} |"
        )
    return "\n" + "\n".join(lines) + "\n"


def measured(brand: str) -> str:
    """What RESULTS say of one brand."""
    found = forecast(Shop(brand))
    scores = scores_of(found)
    mean = scores.groupby("method")[[name for name in scores if name not in {"origin", "method"}]].mean()
    mean = mean.loc[[OURS, *PEERS]]
    best = mean.drop(index=OURS)
    gain = {name: 1 - mean[name][OURS] / best[name].min() for name in ("wrmsse", "weekly wrmsse", "sku")}
    off_by = calibration_of(found)
    text = f"\n### {brand}\n\n{_table(mean)}{claims_table(claims_of(found))}\n"
    text += f"Less WRMSSE than the best of them by {gain['wrmsse']:.1%}, by week {gain['weekly wrmsse']:.1%}, at the level of SKUs by {gain['sku']:.1%}. "
    text += f"Bias by origin: {', '.join(f'{one:+.1%}' for one in scores[scores.method == OURS].bias)}. "
    return text + "Off: " + ", ".join(f"{name} {100 * value:.1f} points" for name, value in off_by.items()) + ".\n"


def _table(mean: pd.DataFrame) -> str:
    names = list(mean)
    head = f"| forecast | {' | '.join(names)} |\n|---|{'---|' * len(names)}\n"
    rows = [
        f"| {method} | " + " | ".join(f"{row[n]:+.1%}" if n == "bias" else f"{row[n]:.3f}" for n in names) + " |"
        for method, row in mean.iterrows()
    ]
    return head + "\n".join(rows) + "\n"


def all_of() -> Mapping[str, str]:
    """By brand."""
    return {brand: measured(brand) for brand in BRANDS}
