"""What prices do, in words: how much there is to learn from, elasticities by category, and whether they held out of time."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.demand import named
from shopkeeper.pricing.category_response import POWER
from shopkeeper.pricing.panel import MOVED, PricePanel
from shopkeeper.pricing.price_model import told_skus
from shopkeeper.pricing.study import Study
from shopkeeper.report.charts import short
from shopkeeper.report.style import ACCENT, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, count, number, percent, say

CATEGORIES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Category"), "text"),
    "skus": (say("SKUs"), "count"),
    "elasticity": (say("1% off one SKU sells of it, % more"), "number"),
    "low": (say("90% from"), "number"),
    "high": (say("90% to"), "number"),
    "together": (say("1% off all sells of the category, % more"), "number"),
    "together_low": (say("90% from"), "number"),
    "together_high": (say("90% to"), "number"),
}
SKUS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "sku": (say("SKU"), "text"),
    "prices": (say("Prices seen"), "count"),
    "elasticity": (say("1% off sells, % more"), "number"),
    "low": (say("90% from"), "number"),
    "high": (say("90% to"), "number"),
}
_PLENTY = 6  # such weeks, from which a SKU tells by itself
_SHOWN = 12
_MORE = -1  # the report says how much more is sold for less, so that signs do not confuse


def variation_told(found: Study) -> list[Sentence]:
    """How many SKUs there are, how many have changed their price, and how many of these enough to tell by themselves."""
    panel = found.learnt.panel
    weeks = panel.n_moved
    told = [
        say(
            "{n} of {all} SKUs were ever sold for a price 3% or more off their usual one, {plenty} of them for {weeks} weeks or more. The others borrow what their "
            "category tells.",
            n=count((weeks > 0).sum()), all=count(len(weeks)), plenty=count((weeks >= _PLENTY).sum()), weeks=count(_PLENTY),
        )
    ]  # fmt: skip
    few = int((~told_skus(panel)).sum())
    if few:
        told.append(
            say(
                "SKUs that sold fewer than 20 units, or at a known price in fewer than two periods: {n}. No price is proposed for them.",
                n=count(few),
            )
        )
    if not found.learnt.elasticities.of.market.any():
        told.append(
            say(
                "No category holds four SKUs or more: none is taken for another's substitute, and all that a price moves counts as gained or lost."
            )
        )
    elif not found.learnt.elasticities.markets:
        told.append(
            say(
                "Too few categories sell enough to tell what all prices of one do together: it is assumed that a category answers by {power} of what its SKUs do beside each other, "
                "give or take {spread}.",
                power=percent(POWER[0]), spread=percent(POWER[1]),
            )
        )  # fmt: skip
    return [*told, *_loyal(found)]


def _loyal(found: Study) -> list[Sentence]:
    """How many buyers come back for the SKU that they had; nothing where no customer is named."""
    of = found.learnt.elasticities
    share = float(of.loyalty @ of.units / max(of.units.sum(), 1e-9))
    if not share:
        return []
    return [
        say(
            "Of those who buy in a category again, {share} take the product that they had, beyond what its share of sales would bring: these hardly move to a neighbour when a price does.",
            share=percent(share),
        )
    ]  # fmt: skip


def category_rows(found: Study) -> pd.DataFrame:
    """The categories of most units, what 1% off does, as percent more that is sold."""
    learnt, of = found.learnt, found.learnt.elasticities
    rows = of.by_category
    sold = pd.Series(np.nansum(learnt.panel.sold, axis=1)).groupby(learnt.panel.skus.category.astype(str)).sum()
    counted = of.of.category.astype(str).value_counts()
    made = pd.DataFrame({
        "category": rows.category, "skus": rows.category.map(counted), "units": rows.category.map(sold),
        "elasticity": _MORE * rows.elasticity, "low": _MORE * rows.high, "high": _MORE * rows.low,
        "together": _MORE * rows.together_elasticity, "together_low": _MORE * rows.together_high, "together_high": _MORE * rows.together_low,
    })  # fmt: skip
    made = made.sort_values("units", ascending=False, ignore_index=True)
    return made.assign(what=[named.category(name) for name in made.category])


def category_title(found: Study) -> Sentence:
    """What 1% off does in the mean, and between which categories that lies."""
    rows = category_rows(found).head(_SHOWN)
    of = found.learnt.elasticities
    draws = _MORE * of.own @ (of.units / of.units.sum())
    mean, (low, high) = float(draws.mean()), np.quantile(draws, [0.05, 0.95])
    if len(rows) < 2:
        return say(
            "1% off the price of one SKU goes with {mean}% more of it sold (90%: {low} to {high})",
            mean=number(mean), low=number(low), high=number(high),
        )  # fmt: skip
    most, least = rows.loc[rows.elasticity.idxmax()], rows.loc[rows.elasticity.idxmin()]
    return say(
        "1% off the price of one SKU goes with {mean}% more of it sold (90%: {from_} to {upto}); of the largest categories most in {most} ({high}%), least in {least} ({low}%). Part of "
        "that is taken from its neighbours",
        mean=number(mean), from_=number(low), upto=number(high), most=most["what"], high=number(most.elasticity), least=least["what"], low=number(least.elasticity),
    )  # fmt: skip


def plot_categories(rows: pd.DataFrame, words: Words) -> Figure:
    """By category, what 1% off one SKU sells more of it, and 1% off all of the category."""
    rows = rows.head(_SHOWN)
    with house_style():
        drawn = figure(0.9 + 0.34 * len(rows))
        axes = drawn.subplots()
        places = np.arange(len(rows))
        for name, shift, colour, label in (
            ("elasticity", -0.14, ACCENT, say("one SKU")),
            ("together", 0.14, WARM, say("all of the category")),
        ):
            low, high = ("low", "high") if name == "elasticity" else ("together_low", "together_high")
            axes.hlines(places + shift, rows[low], rows[high], color=colour, linewidth=2)
            axes.plot(rows[name], places + shift, "o", color=colour, markersize=4, label=words.text(label))
        axes.axvline(1, color=SOFT, linewidth=0.8, linestyle="--")
        axes.set_yticks(places, [short(words.text(what), 14) for what in rows["what"]])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(left=min(0.0, rows[["low", "together_low"]].min().min()))
        axes.set_xlabel(words.text(say("% more sold for 1% off")))
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(number(tick))))
        drawn.legend(loc="outside upper left", ncols=3, columnspacing=1)
        return drawn


def sku_rows(found: Study) -> pd.DataFrame:
    """The SKUs of the price list that bring most, with what 1% off does of each, and how many prices were seen."""
    rows = found.prices.rows.assign(size=lambda table: table.price * table.units).nlargest(_SHOWN, "size")
    of = found.learnt.elasticities.by_sku.set_index("sku").loc[rows["sku"]]
    prices = pd.Series(_prices_seen(found.learnt.panel), found.learnt.panel.skus["sku"])
    return pd.DataFrame({
        "what": named.products(rows, found.forecast.panel.skus), "sku": list(rows["sku"]), "prices": list(prices[rows["sku"]]),
        "elasticity": list(_MORE * of.elasticity), "low": list(_MORE * of.high), "high": list(_MORE * of.low),
    })  # fmt: skip


def _prices_seen(panel: PricePanel) -> list[int]:
    """How many prices, 3% apart, each SKU was sold for."""
    logged = np.where(panel.is_told, np.log(np.where(panel.is_told, panel.price, 1.0)), np.nan)
    return [len(np.unique((row[~np.isnan(row)] / MOVED).round())) for row in logged]


def errors_told(found: Study) -> list[Sentence]:
    """Whether elasticities told better what sold beside what in weeks that they had not seen."""
    if found.learnt.errors is None:
        return [
            say(
                "The data are too short to try elasticities on weeks that they were not learnt from: no price is proposed."
            )
        ]
    _, moved = found.learnt.errors
    told = say(
        "Learnt without the last eight weeks, elasticities told what SKUs sold beside each other there with an error of {ours}, where a price was 5% or more off its "
        "usual one: {constant} as if promotions mattered and prices did not, {naive} with one naive slope for all. ({n} SKU-weeks; the total of each category is given to all three.)",
        ours=percent(moved.ours), constant=percent(moved.constant), naive=percent(moved.naive), n=count(moved.n),
    )  # fmt: skip
    if found.learnt.is_better:
        return [told]
    return [told, say("That is no better than to leave prices out of it, so that no price is proposed.")]


def checked(found: Study) -> tuple[bool, Sentence]:
    """Whether the sampler may be trusted, and what to say where not."""
    checks = found.learnt.elasticities.checks
    return found.learnt.is_sound, say(
        "The sampler did not settle (R-hat {r_hat}, {ess} effective draws, {divergences} divergences): no price is proposed.",
        r_hat=number(checks["r_hat"]), ess=count(checks["ess"]), divergences=count(checks["divergences"]),
    )  # fmt: skip
