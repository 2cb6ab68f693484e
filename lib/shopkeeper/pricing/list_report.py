"""The price list in words: what to change, what it brings, what stops at a limit, and how to begin."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from shopkeeper.decisions import Decision
from shopkeeper.demand import named
from shopkeeper.demand.learner import HORIZON
from shopkeeper.pricing import price_tests_report
from shopkeeper.pricing.confounding_report import word
from shopkeeper.pricing.in_force import PRICE_LIST
from shopkeeper.pricing.optimise import contribution
from shopkeeper.pricing.study import Study
from shopkeeper.report.charts import short
from shopkeeper.report.decided import around
from shopkeeper.report.page import Tile
from shopkeeper.report.style import ACCENT, INK, SOFT, WARM, figure, house_style
from shopkeeper.report.words import Kind, Sentence, Words, change, count, money, percent, price, say

PRICES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Product"), "text"),
    "price": (say("Price now"), "price"),
    "new": (say("New price"), "price"),
    "gain": (say("Brings, four weeks"), "money"),
    "range": (say("90% interval"), "text"),
    "moved": (say("Change"), "change"),
    "sells": (say("Units, all changes made"), "change"),
}
FILE = say("Every price that is looked at, the old and the new one with its gain and interval, as a list to work from:")
_FILE = ("sku", "product", "category", "price", "new_price", "is_safe", "looked_at_price", "gain", "gain_low", "gain_high", "gain_probability", "units", "new_units", "elasticity", "kept_share",
         "unit_cost", "cost_is_assumed", "competitor", "stock", "stops_at_limit", "waits_for_level")  # fmt: skip
_NAMES = {
    "new": "new_price", "best": "looked_at_price", "low": "gain_low", "high": "gain_high", "probability": "gain_probability", "own": "elasticity", "kept": "kept_share",
    "cost": "unit_cost", "is_assumed": "cost_is_assumed", "is_bound": "stops_at_limit", "is_waiting": "waits_for_level",
}  # fmt: skip
_SHOWN, _CHARTED = 15, 12


def price_rows(found: Study) -> pd.DataFrame:
    """The changes to make, the largest gain first; none where prices may not be decided on."""
    rows = found.prices.safe if found.is_trusted else found.prices.safe.head(0)
    return rows.assign(
        what=named.products(rows, found.forecast.panel.skus), moved=rows.new / rows.price - 1, sells=rows.new_units / rows.units - 1,
        range=[say("{low} to {high}", low=money(low), high=money(high)) for low, high in zip(rows.low, rows.high, strict=True)],
    )  # fmt: skip


def first(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that a page shows."""
    return rows.head(_SHOWN)


def file_rows(found: Study) -> pd.DataFrame:
    """The price list as a file: every SKU that is looked at, but for what must clear, prices and money in the brand's currency, gains over four weeks."""
    rows = found.prices.rows[~found.prices.rows.is_cleared].rename(columns=_NAMES)
    rows["is_safe"] &= found.is_trusted
    rows["new_price"] = rows.new_price.where(rows.is_safe, rows.price)
    rows["new_units"] = rows.new_units if found.is_trusted else rows.units
    order = rows.sort_values(["is_safe", "gain"], ascending=False)
    return order[list(_FILE)].replace(np.inf, np.nan).round(4).reset_index(drop=True)


def title(found: Study, rows: pd.DataFrame) -> Sentence:
    """How many prices to change, and what that brings in four weeks."""
    if rows.empty:
        return say("No price is to be changed now: none promises a gain that is certain enough")
    gain = around(found.prices.total)
    return say(
        "{n} prices to change, {up} up and {down} down, should bring {gain} of contribution in four weeks (90%: {low} to {high}), {share} of what all SKUs looked at leave now",
        n=count(len(rows)), up=count((rows.new > rows.price).sum()), down=count((rows.new < rows.price).sum()), gain=money(gain["gain"]),
        low=money(gain["gain_low"]), high=money(gain["gain_high"]), share=percent(gain["gain"] / _now(found)),
    )  # fmt: skip


def _now(found: Study) -> float:
    """What all SKUs of the price list leave in four weeks at today's prices, currency."""
    rows = found.prices.rows
    return max(float(contribution(rows, found.demand, rows.price.to_numpy()).mean()), 1e-9)


def notes(found: Study, rows: pd.DataFrame) -> list[Sentence]:
    """What the list keeps to, how far it moves the brand's own price level, where limits stop it, and what stays out of it."""
    rules = say(
        "No price moves by more than {step}, none below what leaves {margin} of what stays of it after costs, and new prices end as the brand's own mostly do. Where another seller's price "
        "is known, none goes further than {band} from it. A change is proposed where it brings a gain in {certain} of what elasticities may be; what it takes from or sends to other SKUs of its category is counted.",
        step=percent(found.rules.step), margin=percent(found.rules.least_margin), certain=percent(found.rules.certain),
        band=percent(found.rules.band or 0.0),
    )  # fmt: skip
    moves = [_level(found.prices.rows), _begin(found)] if len(rows) else []
    return [rules, *moves, *_limits(rows), *_left_out(found)]


def _limits(rows: pd.DataFrame) -> list[Sentence]:
    """How many of the changes stop at the step."""
    bound = int(rows.is_bound.sum())
    if not bound:
        return []
    stops = say(
        "{n} of the changes stop at that step, not where the best price is: go on from there when the next report shows what they did.",
        n=count(bound),
    )  # fmt: skip
    return [stops, *_flat(int((rows.is_bound & (rows.own > -1)).sum()))]


def _flat(skus: int) -> list[Sentence]:
    """SKUs whose units hardly follow their price, so that no price is the best."""
    if not skus:
        return []
    return [
        say(
            "{n} of them hardly sell less when dearer (less than 1% for 1%), so that the data know no best price at all.",
            n=count(skus),
        )
    ]


def _left_out(found: Study) -> list[Sentence]:
    """Changes that wait, SKUs whose price tells nothing, and those that leave too little."""
    every, made = found.prices.rows, []
    if waiting := int(every.is_waiting.sum()):
        made.append(
            say(
                "{n} more changes would pay by what is known, and wait: with them the brand's prices would move by more than {level} in the mean, at once or beside half a year ago, and what "
                "customers do then was never seen.",
                n=count(waiting), level=percent(found.rules.level or 0.0),
            )
        )  # fmt: skip
    if untried := int((~every.is_tried & ~every.is_cleared).sum()):
        made.append(
            say(
                "Of {n} SKUs the price never moved for two weeks, or it is too uncertain that they sell less when dearer: no change is proposed.",
                n=count(untried),
            )
        )  # fmt: skip
    if cleared := int(every.is_cleared.sum()):
        made.append(
            say("{n} SKUs that lie too long are left out: what to ask for them is told under what must clear.", n=count(cleared))
        )  # fmt: skip
    if stuck := int(every.is_stuck.sum()):
        made.append(
            say(
                "{n} SKUs leave less than {margin} of what stays of their price whatever is allowed: they keep their price, and should be looked at one by one.",
                n=count(stuck), margin=percent(found.rules.least_margin),
            )
        )  # fmt: skip
    return made


def _level(every: pd.DataFrame) -> Sentence:
    share = every.price * every.units / max(float((every.price * every.units).sum()), 1e-9)
    level, since = (
        float(np.log(after / before) @ share)
        for after, before in ((every.new, every.price), (every.price, every.before))
    )
    return say(
        "All changes together move the brand's prices by {level} in the mean, after {since} in the half year before.",
        level=change(np.expm1(level)), since=change(np.expm1(since)),
    )  # fmt: skip


def _begin(found: Study) -> Sentence:
    """Which half of the changes to begin with: by category where SKUs take from each other."""
    if not _has_markets(found):
        return say(
            "Begin with half of the SKUs, drawn by lot, and compare the halves after four weeks: that settles what the data alone cannot."
        )
    return say(
        "Begin with half of the categories, all of their changes together, and compare the halves after four weeks: within a category what one SKU loses its neighbours gain."
    )


def plot_prices(rows: pd.DataFrame, words: Words) -> Figure:
    """What each change brings in four weeks, with its 90% interval; up and down told apart by colour."""
    rows = rows.head(_CHARTED)
    with house_style():
        drawn = figure(0.9 + 0.32 * len(rows))
        axes = drawn.subplots()
        for is_up, colour, label in ((True, ACCENT, say("dearer")), (False, WARM, say("cheaper"))):
            here = np.flatnonzero((rows.new > rows.price).to_numpy() == is_up)
            part = rows.iloc[here]
            if part.empty:
                continue
            axes.barh(here, part.gain, color=colour, height=0.5, label=words.text(label))
            axes.hlines(here, part.low, part.high, color=INK, linewidth=1)
        names = [
            f"{short(words.text(what), 13)} {words.value(change(moved))}"
            for what, moved in zip(rows["what"], rows.moved, strict=True)
        ]
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.axvline(0, color=SOFT, linewidth=0.8)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(money(tick)) if tick else "0"))
        drawn.legend(loc="outside upper left", ncols=2)
        return drawn


def decisions(found: Study, rows: pd.DataFrame, tests: pd.DataFrame) -> list[Decision]:
    """The price list, and the tests; nothing where prices may not be decided on."""
    made = [_change(found, rows)] if len(rows) else []
    return [*made, price_tests_report.decision(found, tests)] if len(tests) else made


def _change(found: Study, rows: pd.DataFrame) -> Decision:
    first = rows.iloc[0]
    return Decision(
        subject=PRICE_LIST, terms=dict(zip(rows["sku"], rows.new.astype(float), strict=True)), amount=float(len(rows)), unit="prices", **around(found.prices.total), horizon_days=HORIZON,
        action=say(
            "Change {n} prices: first {what}, from {old} to {new}", n=count(len(rows)), what=first["what"], old=price(first.price), new=price(first.new),
        ),
        assumptions=say(
            "Who answers to a price goes on to do so as in the past (an {word}); what other categories sell does not change; competitors do not follow.",
            word=word(found.learnt.beside.by_instrument),
        ),
        check=_check(found),
    )  # fmt: skip


def _check(found: Study) -> Sentence:
    if not _has_markets(found):
        return say(
            "Contribution of the SKUs in the {days} days after, beside that of SKUs not changed yet.",
            days=count(HORIZON),
        )
    return say("Contribution of whole categories in the {days} days after, beside that of categories not changed yet: neighbours gain what a dearer SKU loses.", days=count(HORIZON))  # fmt: skip


def _has_markets(found: Study) -> bool:
    """Whether any SKUs take from each other."""
    return bool(found.learnt.elasticities.of.market.any())


def tile(found: Study, rows: pd.DataFrame) -> Tile:
    """The monthly gain of the safe changes."""
    gain = around(found.prices.total)
    if rows.empty:
        return say("Gain of safe price changes, four weeks"), money(0), say("none is certain enough")
    note = say(
        "90%: {low} to {high}; {n} prices",
        low=money(gain["gain_low"]),
        high=money(gain["gain_high"]),
        n=count(len(rows)),
    )
    return say("Gain of safe price changes, four weeks"), money(gain["gain"]), note
