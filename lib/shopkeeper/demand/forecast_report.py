"""The forecast in words and charts: what should sell of the brand, its categories and its core SKUs."""

import datetime as dt

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from shopkeeper.demand import named
from shopkeeper.demand.accuracy import top_skus
from shopkeeper.demand.learner import HORIZON
from shopkeeper.demand.study import Study
from shopkeeper.report.charts import short
from shopkeeper.report.style import ACCENT, INK, SOFT, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, change, count, day, money, percent, plain, say, together

Floats = NDArray[np.float64]

WEEKS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("What"), "text"),
    "day": (say("Week from"), "day"),
    "sold": (say("Sold, units"), "count"),
    "expected": (say("Expected, units"), "count"),
    "low": (say("90% from"), "count"),
    "high": (say("90% to"), "count"),
}
AHEAD: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("What"), "text"),
    "predicted": (say("Sales expected, next 28 days"), "money"),
    "low": (say("90% from"), "money"),
    "high": (say("90% to"), "money"),
    "lately": (say("Last 28 days"), "money"),
    "units": (say("Units expected"), "count"),
    "units_lately": (say("Units, last 28 days"), "count"),
}
_PAST, _FANS = 20, 6  # weeks shown before today; SKUs that have a chart of their own
_NAME = 22  # columns of a name above half a phone, a Chinese character taking two
_YEAR = 364
_KNOWN = 20  # units due in a fortnight, from which less is no chance
_FADES = 1 / 3  # of them, below which a season has ended
_NAMED = 6  # SKUs
_OTHERWISE = 0.2  # difference between last year's change and the one expected, from which it is told
_EVEN = 0.05  # change below which sales are said to stay as they are


def brand_rows(found: Study) -> pd.DataFrame:
    """Weeks of the brand, see _week_rows."""
    return _week_rows(found, np.arange(len(found.forecast.panel.skus)), say("all"))


def sku_rows(found: Study) -> pd.DataFrame:
    """Weeks of the first core SKUs."""
    rows = found.ahead[found.ahead.level == "sku"].drop_duplicates("subject").head(_FANS)
    skus = found.forecast.panel.skus
    chosen = skus.reset_index(names="place").set_index("sku").loc[rows.subject].reset_index()
    parts = [
        _week_rows(found, np.array([place]), what)
        for place, what in zip(chosen.place, named.products(chosen, found.forecast.panel.skus), strict=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _week_rows(found: Study, members: NDArray[np.int64], what: Sentence) -> pd.DataFrame:
    """Of some SKUs together the last 20 weeks and the next four: what, day (the week's first), and units sold, or expected with low, high."""
    panel = found.forecast.panel
    weeks = min(_PAST, len(panel.days) // 7)
    sold = np.nansum(panel.sales[members][:, -7 * weeks :], axis=0).reshape(weeks, 7).sum(axis=1)
    filled = found.money.filled[members]
    ahead = np.einsum("psd,s->pd", found.paths[:, members], filled).reshape(len(found.paths), -1, 7).sum(axis=2)
    low, high = np.quantile(ahead, [0.05, 0.95], axis=0)
    first = panel.days[-1] - pd.Timedelta(days=7 * weeks - 1)
    days = [(first + pd.Timedelta(days=7 * week)).date() for week in range(weeks + ahead.shape[1])]
    past, nothing = np.full(weeks, np.nan), np.full(ahead.shape[1], np.nan)
    return pd.DataFrame({
        "what": [what] * len(days), "day": days, "sold": np.r_[sold, nothing], "expected": np.r_[past, ahead.mean(axis=0)],
        "low": np.r_[past, low], "high": np.r_[past, high],
    })  # fmt: skip


def brand_title(found: Study) -> Sentence:
    """What should sell in four weeks, and how that compares with the last four."""
    row = _of(found, "brand", "net_revenue").iloc[0]
    facts = {"mean": money(row.predicted), "low": money(row.low), "high": money(row.high)}
    if row.lately <= 0:
        return say("In the next four weeks goods for {mean} should sell (90%: {low} to {high})", **facts)
    moved = row.predicted / row.lately - 1
    if abs(moved) < _EVEN:
        return say(
            "In the next four weeks goods for {mean} should sell (90%: {low} to {high}), about as much as in the last four",
            **facts,
        )
    return say(
        "In the next four weeks goods for {mean} should sell (90%: {low} to {high}), {change} on the last four",
        **facts,
        change=change(moved),
    )


def why_told(found: Study) -> Sentence:
    """What is known ahead of these weeks: how much of the range is promoted now and then."""
    panel = found.forecast.panel
    promoted = panel.is_promoted[~panel.skus.is_rest.to_numpy()]
    now, then = (
        float(promoted[:, span].mean()) if promoted.size else 0.0
        for span in (
            slice(len(panel.days) - HORIZON, len(panel.days)),
            slice(len(panel.days), len(panel.days) + HORIZON),
        )
    )
    if not found.forecast.panel.plans:
        return say("As no promotions are known, those that are planned are not foreseen: their days look like others.")
    if not panel.is_planned_ahead:
        return say(
            "Promotions become known here when they begin, so that those of these weeks are foreseen only as far as such weeks usually have some; of the "
            "last four weeks' days and SKUs {now} were promoted.",
            now=percent(now),
        )  # fmt: skip
    if now > 0 and not then:
        return say(
            "No promotion is planned for these weeks, while {now} of the last four weeks' days and SKUs were promoted: if the plans are merely missing, more "
            "will sell than is expected here. Export the promotions to come.",
            now=percent(now),
        )  # fmt: skip
    return say(
        "Of these four weeks' days and SKUs {then} are planned to be promoted, of the last four's {now} were. What is planned later than today "
        "is not in the forecast.",
        then=percent(then), now=percent(now),
    )  # fmt: skip


def ahead_rows(found: Study, level: str) -> pd.DataFrame:
    """Net revenue and units of each category or core SKU over 28 days, with what it sold in the last 28; most money first."""
    sales, units = (_of(found, level, measure).set_index("subject") for measure in ("net_revenue", "units"))
    rows = sales.assign(units=units.predicted, units_lately=units.lately).reset_index()
    rows = rows.sort_values("predicted", ascending=False, ignore_index=True)
    if level == "category":
        return rows.assign(what=[named.category(name) for name in rows.subject])
    skus = found.forecast.panel.skus.set_index("sku").loc[rows.subject].reset_index()
    return rows.assign(what=named.products(skus, found.forecast.panel.skus))


def _of(found: Study, level: str, measure: str) -> pd.DataFrame:
    rows = found.ahead
    return rows[(rows.level == level) & (rows.measure == measure) & (rows.days == HORIZON)]


def sku_title(found: Study) -> Sentence:
    """Of which core SKU most should sell, and how many of them should sell more than lately."""
    rows = ahead_rows(found, "sku")
    if rows.empty:
        return say("Of no single SKU can it be said what will sell")
    first, more = rows.iloc[0], int((rows.units > rows.units_lately).sum())
    facts = {"what": first["what"], "units": count(first.units), "money": money(first.predicted), "n": count(len(rows))}
    if not more:
        return say("Most should come of {what}: {units} units for {money}. None of the {n} SKUs that brought most lately should sell as many units again", **facts)  # fmt: skip
    return say(
        "Most should come of {what}: {units} units for {money}. Of the {n} SKUs that brought most lately {more} should sell more units than in "
        "the last four weeks",
        **facts, more=count(more),
    )  # fmt: skip


def season_told(found: Study) -> Sentence | None:
    """Core SKUs that fell away in these weeks a year before and are not forecast to; None where there are none, or no such year is known."""
    panel, skus = found.forecast.panel, top_skus(found.forecast.panel)
    then = len(panel.days) - _YEAR
    if then < HORIZON or not skus:
        return None
    made = found.forecast.agreed.of_skus
    fell, due = _later_half(panel.demand[:, then - HORIZON : then], panel.demand[:, then : then + HORIZON])
    told, _ = _later_half(panel.demand[:, -HORIZON:], made)
    ends = ((due >= _KNOWN) & (fell < _FADES) & (told > 2 * fell))[skus]
    if not ends.any():
        return None
    names = named.products(panel.skus.loc[np.array(skus)[ends]], panel.skus)
    return say(
        "Order less of {skus}: a year ago, in the third and fourth of these weeks, sales there fell to less than a third of where those of all SKUs went. "
        "One such time is too little to learn from, and the forecast does not follow it.",
        skus=together(names[:_NAMED]),
    )  # fmt: skip


def year_ago_told(found: Study) -> Sentence | None:
    """How the brand's units changed in these weeks a year before, where that is far from what is expected; None where it is not, or not known."""
    panel = found.forecast.panel
    then, units = len(panel.days) - _YEAR, np.nansum(panel.demand, axis=0)
    before, lately = units[max(then - HORIZON, 0) : then].sum(), units[-HORIZON:].sum()
    if then < HORIZON or min(before, lately) <= 0:
        return None
    was = units[then : then + HORIZON].sum() / before - 1
    expected = found.forecast.agreed.of_skus.sum() / lately - 1
    if abs(was - expected) < _OTHERWISE:
        return None
    return say(
        "A year ago units changed by {was} from the four weeks before to these; {expected} is expected now. A season seen once is followed only as far "
        "as it was right on earlier days: if this one comes again as it was, the range above may not hold.",
        was=change(was), expected=change(expected),
    )  # fmt: skip


def _later_half(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Of each SKU the second fortnight after, beside a fortnight of the four weeks before, relative to all SKUs'; and the units due as all went."""
    units, came = np.nansum(before, axis=1), np.nansum(after[:, HORIZON // 2 :], axis=1)
    of_all = came.sum() / max(units.sum(), 1e-9)
    return came / np.maximum(units, 1) / max(of_all, 1e-9), units * of_all


def plot_weeks(rows: pd.DataFrame, words: Words) -> Figure:
    """Units by week: sold, then expected within their 90% interval."""
    with house_style():
        drawn = figure(2.5)
        axes = drawn.subplots()
        _fan(axes, rows, words)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0)
        return drawn


def plot_skus(rows: pd.DataFrame, words: Words) -> Figure:
    """The same, a chart for each SKU."""
    parts = [part for _, part in rows.groupby(rows["what"].map(words.text), sort=False)]
    with house_style():
        drawn = figure(0.3 + 1.45 * (-(-len(parts) // 2)))
        grid = drawn.subplots(-(-len(parts) // 2), 2, squeeze=False).ravel()
        for axes, part in zip(grid, parts, strict=False):
            _fan(axes, part, words)
            axes.set_title(short(words.text(part["what"].iloc[0]), _NAME), loc="left")
        for axes in grid[len(parts) :]:
            axes.set_visible(False)
        return drawn


def _fan(axes: Axes, rows: pd.DataFrame, words: Words) -> None:
    place, is_ahead = np.arange(len(rows)), rows.expected.notna().to_numpy()
    axes.plot(place[~is_ahead], rows.sold[~is_ahead], color=INK, linewidth=1.2, label=words.text(say("sold")))
    axes.fill_between(
        place[is_ahead], rows.low[is_ahead], rows.high[is_ahead], color=SOFT, alpha=0.45, linewidth=0,
        label=words.text(say("90% interval")),
    )  # fmt: skip
    axes.plot(place[is_ahead], rows.expected[is_ahead], color=ACCENT, marker="o", markersize=2.5, label=words.text(say("expected")))  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(count(tick))))
    shown = [0, int((~is_ahead).sum())] if is_ahead.any() and not is_ahead.all() else [0]
    axes.set_xticks([place[at] for at in shown], [_short_day(rows.day.iloc[at], words) for at in shown])


def _short_day(value: dt.date, words: Words) -> str:
    return words.text(say("{day}", day=day(value)))


def known_told(found: Study) -> list[Sentence]:
    """What the forecast rests on, and what was set right of the data."""
    panel = found.forecast.panel
    single = int((~panel.skus.is_rest).sum())
    facts = {"days": count(len(panel.days)), "skus": count(single)}
    promoted = panel.is_promoted[:, : len(panel.days)][
        ~np.isnan(panel.sales) & ~panel.skus.is_rest.to_numpy()[:, None]
    ].mean()
    made = [
        say("Learnt from {days} days of {skus} SKUs, each by itself; a SKU was promoted on {promoted} of its days.", **facts, promoted=percent(promoted))
        if promoted
        else say("Learnt from {days} days of {skus} SKUs, each by itself; no promotions are known.", **facts)
    ]  # fmt: skip
    if panel.skus.is_rest.any():
        made.append(
            say(
                "What else is on sale stands together, by category: it brings {share} of sales.",
                share=percent(panel.revenue[panel.skus.is_rest, -91:].sum() / max(panel.revenue[:, -91:].sum(), 1e-9)),
            )
        )
    if panel.is_out.any():
        sold, wanted = np.nansum(panel.sales), np.nansum(panel.demand)
        made.append(
            say(
                "On {share} of SKUs' days a shelf was empty, so that sales are less than what was wanted: {missed} of all units were wanted and not "
                "there, by what sold where there was stock. The forecast is of what is wanted.",
                share=percent(panel.is_out.mean()), missed=percent(1 - sold / max(wanted, 1e-9)),
            )
        )  # fmt: skip
    if len(panel.spikes):
        first = panel.spikes.iloc[0]
        made.append(
            say(
                "On {n} days a SKU sold more than twenty times what it did on any other, which is taken for a typing error: {units} of {sku} on {day} "
                "count as {taken}. See whether these orders are right.",
                n=count(len(panel.spikes)), units=count(first.units), sku=plain(first["sku"]), day=day(first.day.date()),
                taken=count(first.taken),
            )
        )  # fmt: skip
    return made
