"""How sure it is that the price did it, in words: the same elasticity asked in several ways, and what something unseen could make of it."""

import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.demand import named
from shopkeeper.pricing.beside import Beside
from shopkeeper.pricing.confounding import Bounds, robustness
from shopkeeper.pricing.instrument import ENOUGH, Instrumented
from shopkeeper.pricing.seen import AGE, COMPETITORS, EMPTY_SHELF, SOLD_BEFORE
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.words import Kind, Sentence, Words, count, number, percent, plain, say

WAYS: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Method"), "text"),
    "elasticity": (say("Elasticity"), "number"),
    "low": (say("90% from"), "number"),
    "high": (say("90% to"), "number"),
}
CATEGORIES: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Category"), "text"),
    "elasticity": (say("Elasticity"), "number"),
    "low": (say("90% from"), "number"),
    "high": (say("90% to"), "number"),
    "fixed": (say("By fixed effects"), "number"),
    "fixed_low": (say("90% from"), "number"),
    "fixed_high": (say("90% to"), "number"),
    "naive": (say("Slope of logs"), "number"),
}
_SHOWN = 12  # categories that a chart on a phone has room for
_CERTAIN = 1.645  # errors, beyond which chance leaves 10%
ASSOCIATION, EFFECT = say("association"), say("effect")
_SEEN = {
    EMPTY_SHELF: say("empty shelves"),
    SOLD_BEFORE: say("what sold in the period before"),
    AGE: say("how long the SKU is on sale"),
    COMPETITORS: say("competitors' prices"),
}


def word(by_instrument: Instrumented | None, is_tested: bool = False) -> Sentence:
    """What the link of prices and sales may be called: an association, unless a strong instrument or an experiment (is_tested) earns more."""
    return EFFECT if is_tested or (by_instrument is not None and by_instrument.is_strong) else ASSOCIATION


def ways(found: Beside) -> pd.DataFrame:
    """One row per way in which the elasticity of all SKUs was asked, and per bound: what, elasticity, low, high."""
    draws, fixed, by, none = pd.Series(found.hierarchical.brand), found.fixed, found.by_instrument, float("nan")
    rows = [(say("hierarchical model, the published one"), draws.mean(), draws.quantile(0.05), draws.quantile(0.95))]
    if by is not None and by.is_strong:
        rows.insert(0, (say("price changes that follow costs"), by.elasticity, by.low, by.high))
    if fixed is not None:
        rows.append((say("fixed effects, what is seen held"), fixed.elasticity, *fixed.interval))
    rows.append((say("slope of logs, nothing held"), found.naive, none, none))
    for what, bound in (
        (say("with an unseen one as strong as the strongest seen"), found.once),
        (say("with one twice as strong"), found.twice),
    ):
        if bound is not None:
            rows.append((what, none, bound.low, bound.high))
    return pd.DataFrame(rows, columns=["what", "elasticity", "low", "high"])


def category_rows(found: Beside) -> pd.DataFrame:
    """by_category with the categories' names, those of most SKUs first."""
    skus = found.hierarchical.of.category.astype(str).value_counts()
    rows = found.by_category.assign(skus=found.by_category.category.map(skus))
    rows = rows.sort_values("skus", ascending=False, kind="stable", ignore_index=True)
    return rows.assign(what=[named.category(name) for name in rows.category])


def title(found: Beside) -> Sentence:
    """Whether fixed effects say the same of the categories as the published number."""
    told = found.by_category.fixed.notna().sum()
    if not told:
        return say(
            "In no category did prices of SKUs move apart from each other: the elasticities are what the model assumes"
        )
    apart = found.disagree
    if apart.empty:
        return say(
            "Asked in two ways, elasticities by category agree ({n} of them told): nowhere does each lie outside the other's 90% interval",
            n=count(told),
        )
    first = apart.iloc[0]
    return say(
        "Asked in two ways, the elasticities of {apart} of {n} categories disagree: that of {what} is {ours} by the model and {fixed} by fixed effects",
        apart=count(len(apart)), n=count(told), what=named.category(first.category), ours=number(first.elasticity), fixed=number(first.fixed),
    )  # fmt: skip


def plot_categories(rows: pd.DataFrame, words: Words) -> Figure:
    """Of the first categories (of category_rows) the published elasticity with its interval, and that of fixed effects."""
    rows = rows.head(_SHOWN).reset_index(drop=True)
    return plot_ranges(
        rows,
        Amounts(rows.elasticity, say("hierarchical model")),
        Amounts(rows.fixed, say("fixed effects")),
        words,
        kind="number",
    )


def naive_told(found: Beside) -> Sentence | None:
    """What the slope of logs, as a spreadsheet has it, would have told; None where no price moved beside others."""
    if found.fixed is None:
        return None
    return say(
        "The slope of log sales in log price, without the weeks in which nothing sold and with every season left in, would be {naive}; within the same "
        "market and week, with all that is seen held, it is {fixed} (90%: {low} to {high}).",
        naive=number(found.naive), fixed=number(found.fixed.elasticity), low=number(found.fixed.interval[0]), high=number(found.fixed.interval[1]),
    )  # fmt: skip


def bounds_told(found: Beside) -> Sentence | None:
    """What something unseen would have to explain, and where the elasticity lies if it is as strong as the strongest seen, and twice that.

    None where no price moved beside others.
    """
    if found.fixed is None:
        return None
    none = say(
        "For the elasticity of {elasticity} to be 0 in truth, something unseen would have to explain {share} of what is left of both prices and sales.",
        share=percent(robustness(found.fixed)), elasticity=number(found.fixed.elasticity),
    )  # fmt: skip
    if found.strongest.empty:
        return say("{none} Nothing else is seen of these periods that its strength could be compared with.", none=none)
    first = found.strongest.iloc[0]
    return say(
        "{none} Of what is seen, {what} could bend it most: it explains {price} of prices and {demand} of sales. With something unseen as strong, the "
        "elasticity lies {once}; with something twice as strong, {twice}.",
        none=none, what=_SEEN.get(first["name"], named.promotion(first["name"])), price=percent(first.of_price), demand=percent(first.of_demand),
        once=_between(found.once), twice=_between(found.twice),
    )  # fmt: skip


def _between(bound: Bounds | None) -> Sentence:
    if bound is None:
        return say("anywhere, since it would leave nothing of prices' own movement")
    return say("between {low} and {high}", low=number(bound.low), high=number(bound.high))


def word_told(found: Beside) -> Sentence:
    """What the elasticities may be called, and why."""
    by = found.by_instrument
    if by is None:
        return say(
            "These are associations: neither an experiment nor a cost that moves prices tells whether sales followed prices or both followed what the "
            "people saw who set them."
        )
    facts = {"f": number(by.strength), "enough": count(ENOUGH), "passed": number(by.passed_on[0])}
    if not by.is_strong:
        return say(
            "These are associations: costs are known, but move prices too little to tell what prices do (F {f}, where {enough} is the least), and are not used.",
            **facts,
        )
    return say(
        "Where costs moved, prices followed ({passed}% for 1%, F {f}), and sales followed those prices with an elasticity of {elasticity} (90%: {low} to {high}): that is an effect, "
        "as far as costs reach sales through prices alone.{short} {against}",
        **facts, elasticity=number(by.elasticity), low=number(by.low), high=number(by.high), short=_short(by), against=_against(found, by),
    )  # fmt: skip


def _short(by: Instrumented) -> Sentence:
    return plain("") if by.is_wide_enough else say(" With an F below 105 the interval is somewhat too short.")


def _against(found: Beside, by: Instrumented) -> Sentence:
    """Whether the association is what the instrument tells."""
    if found.fixed is None:
        return plain("")
    facts = {"fixed": number(found.fixed.elasticity)}
    follows, error = by.endogeneity
    if abs(follows) < _CERTAIN * error:
        return say(
            "No sign beyond chance that prices followed demand; the association has an elasticity of {fixed}.", **facts
        )
    if follows > 0:
        return say(
            "Prices were higher where more was wanted anyway, so that by the association, {fixed}, sales look less sensitive than they are.",
            **facts,
        )
    return say(
        "Prices were lower where more was wanted anyway, so that by the association, {fixed}, sales look more sensitive than they are.",
        **facts,
    )
