"""Our prices beside those of others, in words: whose is the better one, by how much, and of what."""

import numpy as np
import pandas as pd
from babel.dates import format_skeleton
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.demand import named
from shopkeeper.pricing.competitors import ODD, STANDS, WEEK, Compared
from shopkeeper.report.charts import short
from shopkeeper.report.page import Tile
from shopkeeper.report.style import ACCENT, GOOD, INK, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Value, Words, change, count, day, percent, plain, say

CHEAPER: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "sku": (say("SKU"), "text"),
    "who": (say("Seller"), "text"),
    "gap": (say("Below ours, mean of these days"), "percent"),
    "cheaper_days": (say("Days cheaper"), "count"),
    "ours": (say("Our price"), "money"),
    "theirs": (say("Theirs"), "money"),
    "last": (say("Last seen"), "day"),
}
_BY_DAY: dict[str, tuple[Sentence, Kind]] = {
    "day": (say("Day"), "day"),
    "skus": (say("SKUs compared"), "count"),
    "better": (say("Ours the lower price"), "percent"),
    "ratio": (say("Ours beside the cheapest"), "change"),
}
_OF = "beside "  # what the columns of sellers begin with: no name of theirs is then one of ours
_LINES = 3  # sellers that have a line of their own
_DAYS = 91  # shown day by day
_FOUR_WEEKS = 28
_SHOWN = 12
_EVEN = 0.005  # difference of prices below which they are said to be alike
_COLOURS, _STYLES = (ACCENT, WARM, GOOD), ("-", "--", ":")


def day_rows(found: Compared) -> pd.DataFrame:
    """One row per day of the last 91: day, skus, better, ratio as a change beside the cheapest other, and a column per seller (the three most compared), likewise."""
    if found.market.empty:
        return found.market
    shown = found.market[found.market.day > found.market.day.max() - pd.Timedelta(days=_DAYS)]
    most = found.sellers.groupby("seller").skus.sum().nlargest(_LINES).index
    wide = found.sellers.pivot(index="day", columns="seller", values="ratio")[most] - 1
    rows = shown[["day", "skus", "better"]].assign(ratio=shown.ratio - 1)
    return rows.join(wide.add_prefix(_OF), on="day").reset_index(drop=True)


def day_labels(rows: pd.DataFrame) -> dict[str, tuple[Sentence, Kind]]:
    """The labels of day_rows: a column for each seller."""
    sellers = [name for name in rows.columns if name.startswith(_OF)]
    return _BY_DAY | {
        name: (say("Beside {seller}", seller=plain(name.removeprefix(_OF))), "change") for name in sellers
    }


def days_title(found: Compared) -> Sentence:
    """Of how many SKUs ours is the better price, and how far it is from the cheapest other; or that none is known."""
    if found.market.empty:
        return _not_known(found)
    last = found.market.iloc[-1]
    facts: dict[str, Value | Sentence] = {
        "day": day(last.day.date()), "better": percent(last.better), "dearer": percent(last.dearer), "n": count(last.skus),
        "mean": _beside(last.ratio),
    }  # fmt: skip
    before = found.market[found.market.day == last.day - pd.Timedelta(days=_FOUR_WEEKS)]
    if before.empty:
        return say("On {day} ours is the lower price for {better} of {n} SKUs, and another's for {dearer}: {mean}", **facts)  # fmt: skip
    return say(
        "On {day} ours is the lower price for {better} of {n} SKUs ({before} four weeks before), and another's for {dearer}: {mean}",
        **facts, before=percent(before.better.iloc[0]),
    )  # fmt: skip


def _beside(ratio: float) -> Sentence:
    if abs(ratio - 1) < _EVEN:
        return say("in the mean the cheapest other costs the same")
    if ratio > 1:
        return say("in the mean ours is {off} dearer than the cheapest other", off=percent(ratio - 1))
    return say("in the mean ours is {off} below the cheapest other", off=percent(1 - ratio))


def _not_known(found: Compared) -> Sentence:
    if found.known:
        return say(
            "Prices of {n} other sellers are known, but none of a SKU and a time for which ours is. Name their products by our SKUs in the table of prices.",
            n=count(found.known),
        )  # fmt: skip
    return say(
        "No price of another seller is known, so that none can be compared. With rows of other sellers in the table of prices (day, sku, seller, price, known_on), "
        "this part shows ours beside theirs day by day, and which SKUs they sell for less."
    )


def plot_days(rows: pd.DataFrame, words: Words) -> Figure:
    """Above, our prices beside each seller's; below, the share of SKUs of which ours is the better one."""
    with house_style():
        drawn = figure(4.0)
        above, below = drawn.subplots(2, 1, sharex=True)
        labels = [name for name in rows.columns if name.startswith(_OF)]
        for name, colour, style in zip(labels, _COLOURS, _STYLES, strict=False):
            told = short(name.removeprefix(_OF))
            above.plot(rows.day, rows[name], color=colour, linestyle=style, linewidth=1.4, label=told)
        above.axhline(0, color=INK, linewidth=0.8)
        _shares(above, words, "change")
        above.set_title(words.text(say("our price beside theirs")), loc="left")
        below.plot(rows.day, rows.better, color=ACCENT, linewidth=1.4)
        below.set_ylim(0, 1)
        _shares(below, words, "percent")
        below.set_title(words.text(say("Share of SKUs of which ours is the lower price")), loc="left")
        step = max(1, int(np.ceil(len(rows) / 4)))
        below.set_xticks(
            rows.day[::step], [format_skeleton("MMMd", when, locale=words.locale) for when in rows.day[::step]]
        )
        drawn.legend(loc="outside upper left", ncols=_LINES)
        return drawn


def _shares(axes: Axes, words: Words, kind: Kind) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(Value(tick, kind))))


def cheaper_rows(found: Compared, products: pd.DataFrame) -> pd.DataFrame:
    """The SKUs that another seller has sold for less by most. products: of sku and product, such as the ledger's rows."""
    rows = found.cheaper.head(_SHOWN).merge(products[["sku", "product"]], on="sku", how="left")
    if rows.empty:
        return rows
    told = named.products(rows, products.assign(is_rest=False))
    return rows.assign(what=told, who=[plain(seller) for seller in rows.seller], last=rows["last"].dt.date)


def cheaper_title(found: Compared, rows: pd.DataFrame) -> Sentence | None:
    """What another seller has sold for less by most; that there is none; None where nothing can be compared. rows: of cheaper_rows."""
    if found.market.empty:
        return None
    if rows.empty:
        return say("No other seller was cheaper than us for {n} days or more, of any SKU", n=count(WEEK))
    first = rows.iloc[0]
    return say(
        "Of {n} SKUs another seller was cheaper for {days} days or more; by most {who}, {gap} below ours, of {what}",
        n=count(found.cheaper["sku"].nunique()), days=count(WEEK), who=first.who, gap=percent(first.gap), what=first["what"],
    )  # fmt: skip


def notes(found: Compared) -> list[Sentence]:
    """How prices are compared, and what was left out."""
    if found.market.empty:
        return []
    told = [
        say("A price of another seller stands until it is seen again, {days} days at most. A price is not the whole offer: delivery, gifts and coupons are not in it.", days=count(STANDS))
    ]  # fmt: skip
    if not found.is_posted:
        told.append(say("Our own prices are not in the table of prices: what customers last paid stands for them."))
    if found.odd:
        told.append(
            say(
                "{n} pairs of SKU and seller had a price of more than {times} times ours, or ours of more than {times} times theirs: taken for another size or an error.",
                n=count(found.odd), times=count(ODD),
            )
        )  # fmt: skip
    return told


def tile(found: Compared) -> list[Tile]:
    """The share of SKUs of which ours is the better price; nothing where none can be compared."""
    if found.market.empty:
        return []
    last = found.market.iloc[-1]
    return [
        (
            say("Share of SKUs of which ours is the lower price"),
            percent(last.better),
            say("of {n}, on {day}; prices {mean} beside the cheapest other", n=count(last.skus), day=day(last.day.date()), mean=change(last.ratio - 1)),
        )
    ]  # fmt: skip
