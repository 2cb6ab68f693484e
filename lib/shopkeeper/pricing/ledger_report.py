"""The margin ledger in words: where the list price goes, and which SKUs lose money."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.demand import named
from shopkeeper.pricing.ledger import SETTLED, Ledger, brand_totals, by_category
from shopkeeper.pricing.ledger_lines import STEPS, TO_NET
from shopkeeper.report.charts import short
from shopkeeper.report.page import Tile
from shopkeeper.report.style import ACCENT, GOOD, INK, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Value, Words, count, day, money, percent, say, together
from shopkeeper.shop import Shop

WATERFALL: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Step"), "text"),
    "amount": (say("Amount"), "money"),
    "share": (say("Of the list price"), "percent"),
}
CATEGORIES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Category"), "text"),
    "net_revenue": (say("Net revenue"), "money"),
    "discounts": (say("Discounts, of the list price"), "percent"),
    "returned": (say("Paid back, of net revenue"), "percent"),
    "cost_of_goods": (say("Goods, of net revenue"), "percent"),
    "fees": (say("Fees and delivery, of net revenue"), "percent"),
    "kept": (say("Contribution before ads, of net revenue"), "percent"),
    "contribution": (say("Contribution before ads"), "money"),
}
LOSSES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "sku": (say("SKU"), "text"),
    "units": (say("Units sold"), "count"),
    "net_revenue": (say("Net revenue"), "money"),
    "paid_back": (say("Paid back"), "money"),
    "contribution": (say("Contribution before ads"), "money"),
    "why": (say("Why"), "text"),
}
_NAMES = {
    "list_revenue": say("List price"), "promotion_discount": say("Promotions"), "coupon_discount": say("Coupons"),
    "other_discount": say("Other discounts"), "above_list": say("Beyond list price"), "net_revenue": say("Net revenue"),
    "refunds": say("Returns"), "goods": say("Goods"), "assumed_goods": say("Goods, assumed"), "platform_fee": say("Platform fee"),
    "logistics": say("Logistics"), "delivery_paid": say("Paid for delivery"), "contribution": say("Before ads"), "ads": say("Ads"),
    "left": say("Contribution"),
}  # fmt: skip
_LARGEST = {
    "promotion_discount": say("promotions"), "coupon_discount": say("coupons"),
    "other_discount": say("discounts that nothing tells apart"), "refunds": say("returns"), "goods": say("the goods themselves"),
    "assumed_goods": say("the goods themselves, at an assumed cost"), "platform_fee": say("the platform's fee"),
    "logistics": say("logistics"), "ads": say("ads"),
}  # fmt: skip
_WHY = {
    "goods": say("the goods cost more than they brought"),
    "returns": say("what was paid back"),
    "fees": say("the platform's fee and delivery"),
}
_UNKNOWN = {
    "platform_fee": say("the platform's fee"), "logistics": say("logistics"), "ads": say("ads"), "refunds": say("returns"),
}  # fmt: skip
_TOTALS = ("list_revenue", "net_revenue", "contribution", "left")
_SHOWN = 12
_TOLD = 0.001  # of the list price, from which an odd amount has a sentence of its own; the chart's numbers hold all
_ALIKE = 0.01  # difference of shares kept, below which categories are told apart by their discounts


def waterfall_rows(sums: pd.Series) -> pd.DataFrame:
    """The steps that hold anything, in order: step, what, amount (signed), share of the list price, start and end of its bar.

    sums: of brand_totals, or a row of the ledger's or of by_category, which have no ads.
    """
    after = ["contribution", "ads", "left"] if sums.get("ads") else ["left"]
    order = [*STEPS[:TO_NET], "net_revenue", *STEPS[TO_NET:], *after]
    amounts = pd.Series({"left": sums.contribution} | sums.to_dict()).loc[order].astype(float)
    rows = amounts[(amounts != 0) | amounts.index.isin(_TOTALS)].rename_axis("step").rename("amount").reset_index()
    is_total = rows.step.isin(_TOTALS)
    end = rows.amount.where(~is_total, 0.0).where(rows.step != "list_revenue", rows.amount).cumsum()
    listed = sums.list_revenue or np.nan
    return rows.assign(
        what=[_NAMES[step] for step in rows.step], share=rows.amount / listed, is_total=is_total,
        start=np.where(is_total, 0.0, end - rows.amount), end=np.where(is_total, rows.amount, end),
    )  # fmt: skip


def waterfall_title(ledger: Ledger) -> Sentence:
    """What is left of the list price, and what takes most of it."""
    totals = brand_totals(ledger)
    if totals.list_revenue <= 0:
        return say("Nothing was sold in the {days} days to {last}", **_span(ledger))
    taken = -totals[list(_LARGEST)]
    most = taken.idxmax()
    facts: dict[str, Value | Sentence] = {
        "list": money(totals.list_revenue), "left": money(abs(totals.left)), "share": percent(totals.left / totals.list_revenue),
        "what": _LARGEST[most], "most": percent(taken[most] / totals.list_revenue),
    }  # fmt: skip
    if totals.left < 0:
        return say(
            "On goods worth {list} at list price, {left} was lost; most went into {what} ({most} of the list price)",
            **facts,
        )
    if taken[most] <= 0:
        return say("Of goods worth {list} at list price, {left} ({share}) is left as contribution", **facts)
    return say(
        "Of goods worth {list} at list price, {left} ({share}) is left as contribution; most goes into {what} ({most})",
        **facts,
    )


def plot_waterfall(rows: pd.DataFrame, words: Words) -> Figure:
    """Steps from list price down to contribution: totals from 0, what is taken off and added between them."""
    with house_style():
        drawn = figure(0.5 + 0.27 * len(rows))
        axes = drawn.subplots()
        colour = np.select([rows.is_total, rows.amount > 0], [ACCENT, GOOD], WARM)
        low, high = rows[["start", "end"]].min(axis=1), rows[["start", "end"]].max(axis=1)
        axes.barh(range(len(rows)), high - low, left=low, color=colour, height=0.65)
        for place, (row, at) in enumerate(zip(rows.itertuples(), high, strict=True)):
            told = f"{words.value(money(row.amount))} · {words.value(percent(row.share))}"
            axes.annotate(told, (max(at, 0), place), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
        axes.vlines(rows.end[:-1], np.arange(len(rows) - 1), np.arange(1, len(rows)), color=SOFT, linewidth=0.6)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(range(len(rows)), [short(words.text(name)) for name in rows["what"]])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(min(low.min(), 0), max(high.max(), 1e-9) * 1.7)
        axes.xaxis.set_visible(False)
        axes.spines[["bottom", "left"]].set_visible(False)
        return drawn


def ledger_notes(ledger: Ledger, shop: Shop) -> list[Sentence]:
    """What of the ledger is assumed, not known, or not over yet."""
    totals, notes = brand_totals(ledger), []
    if totals.assumed_goods:
        share = totals.assumed_goods / (totals.goods + totals.assumed_goods)
        notes.append(
            say(
                "{share} of the cost of goods is assumed: where no unit cost is known, {rate} of net revenue stands for it (gross_margin in brand.toml).",
                share=percent(share), rate=percent(1 - shop.brand.gross_margin),
            )
        )  # fmt: skip
    unknown = [_UNKNOWN[name] for name in _UNKNOWN if not totals[name]]
    if unknown:
        notes.append(say("Not known here, and so not taken off: {what}.", what=together(unknown)))
    if totals.above_list >= _TOLD * totals.list_revenue:
        notes.append(
            say(
                "{amount} came in beyond the list prices less the discounts that lines tell.",
                amount=money(totals.above_list),
            )
        )
    if -totals.other_discount >= _TOLD * totals.list_revenue:
        notes.append(
            say("Of {amount} below the list price nothing tells why, discount or tax: it stands as other discounts.", amount=money(-totals.other_discount))
        )  # fmt: skip
    beyond = ledger.rows[ledger.rows["sku"].isna()].net_revenue.sum()
    if beyond:
        notes.append(
            say("{amount} of net revenue is of orders without lines, or beyond them, and of no SKU.", amount=money(beyond))
        )  # fmt: skip
    return [*notes, *_late(ledger)]


def _late(ledger: Ledger) -> list[Sentence]:
    """What should still be paid back of the last days' orders."""
    sums = ledger.alone[["net", "settled_net", "refunds", "late_refunds"]].sum() / 100
    if not sums.settled_net or not sums.refunds:
        return []
    coming = sums.refunds / sums.settled_net * (sums.net - sums.settled_net) - sums.late_refunds
    return [
        say(
            "Orders of the last {days} days may still come back: as returns have come so far, about {amount} is yet to be paid back.",
            days=count(SETTLED), amount=money(max(coming, 0.0)),
        )
    ]  # fmt: skip


def category_rows(ledger: Ledger) -> pd.DataFrame:
    """The categories of most net revenue; nothing where none is known."""
    rows = by_category(ledger)
    rows = rows[rows.net_revenue > 0]
    if rows.category.notna().sum() == 0:
        return pd.DataFrame()
    discounts = rows.promotion_discount + rows.coupon_discount + rows.other_discount
    return rows.assign(
        what=[named.category(name) for name in rows.category.fillna("")], discounts=-discounts / rows.list_revenue,
        returned=-rows.refunds / rows.net_revenue, cost_of_goods=-(rows.goods + rows.assumed_goods) / rows.net_revenue,
        fees=-(rows.platform_fee + rows.logistics + rows.delivery_paid) / rows.net_revenue, kept=rows.contribution / rows.net_revenue,
    ).head(_SHOWN)  # fmt: skip


def categories_title(rows: pd.DataFrame) -> Sentence:
    """Which of the categories shown keeps most and least of what it brings; where all keep the same, which gives most off. rows: of category_rows, not empty."""
    facts = _ends(rows, rows.kept)
    if rows.kept.max() - rows.kept.min() >= _ALIKE:
        return say(
            "Of the largest categories {most} keeps most of its net revenue ({high}), {least} least ({low})", **facts
        )
    return say(
        "The largest categories keep much the same of their net revenue ({high}); {most} gives most off the list price ({off}), {least} least ({little})",
        **_ends(rows, rows.discounts) | {"high": percent(rows.kept.mean()), "off": percent(rows.discounts.max()), "little": percent(rows.discounts.min())},
    )  # fmt: skip


def _ends(rows: pd.DataFrame, by: pd.Series) -> dict[str, Value | Sentence]:
    most, least = by.idxmax(), by.idxmin()
    return {
        "most": rows["what"][most],
        "least": rows["what"][least],
        "high": percent(by[most]),
        "low": percent(by[least]),
    }


def loss_rows(losses: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Of SKUs that lose money what the page shows. losses: of loss_makers."""
    rows = losses.head(_SHOWN)
    if rows.empty:
        return rows
    known = ledger.rows.assign(is_rest=False)
    return rows.assign(
        what=named.products(rows, known), paid_back=-rows.refunds, why=[_WHY[cause] for cause in rows.cause]
    )


def losses_title(losses: pd.DataFrame, ledger: Ledger) -> Sentence:
    """How many SKUs lose how much; or that none does."""
    facts = _span(ledger) | {"all": count(ledger.rows["sku"].notna().sum()), "n": count(len(losses))}
    if losses.empty:
        return say("None of the {all} SKUs sold in the {days} days to {last} cost more than it brought", **facts)
    return say(
        "{n} of {all} SKUs cost more than they brought in the {days} days to {last}, {lost} in all; of them {sellers} are in the better-selling half",
        **facts, lost=money(-losses.contribution.sum()), sellers=count(losses.is_seller.sum()),
    )  # fmt: skip


def losses_note(ledger: Ledger) -> Sentence | None:
    """That where all costs are assumed, no SKU can show that it is bought too dear."""
    totals = brand_totals(ledger)
    if totals.goods or not totals.assumed_goods:
        return None
    return say(
        "No unit cost is known, so that a SKU shows a loss here by returns and fees alone; with unit_cost in the table of products, one bought too dear shows as well."
    )


def left_tile(ledger: Ledger) -> Tile:
    """What is left of the window's sales after every cost that is known, beside net revenue."""
    totals, span = brand_totals(ledger), _span(ledger)
    note = say(
        "{share} of net revenue, {days} days",
        share=percent(totals.left / totals.net_revenue if totals.net_revenue else 0.0),
        days=span["days"],
    )
    return say("Contribution"), money(totals.left), note


def tile(losses: pd.DataFrame, ledger: Ledger) -> Tile:
    """Money lost on SKUs that cost more than they bring, beside how many they are."""
    return (
        say("Loss on loss-making SKUs"),
        money(-losses.contribution.sum()),
        say("{n} of {all} SKUs, {days} days", n=count(len(losses)), all=count(ledger.rows["sku"].notna().sum()), days=_span(ledger)["days"]),
    )  # fmt: skip


def file_rows(ledger: Ledger) -> pd.DataFrame:
    """The whole ledger as a file: one row per SKU, the most net revenue first, currency."""
    return ledger.rows.sort_values("net_revenue", ascending=False, ignore_index=True)


def _span(ledger: Ledger) -> dict[str, Value]:
    return {"days": count((ledger.last - ledger.first).days + 1), "last": day(ledger.last)}
