"""Demographics: which groups of customers differ from the rest in what is known of them as people."""

from collections.abc import Mapping

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from scipy.stats import hypergeom, norm

from shopkeeper.customers.labels import Labels
from shopkeeper.report.style import ACCENT, INK, SOFT, figure, house_style
from shopkeeper.report.words import SMALLEST_GROUP, Sentence, Words, count, people, percent, say

_FALSE = 0.1  # share of what is shown that may be chance
_DRAWN = 10  # cells that fit a phone


def customer_facts(attributes: ir.Table, orders: ir.Table) -> ir.Table:
    """The attributes of customers, one row per (customer_id, fact, value); those of SKUs are left out."""
    customers = orders.filter(orders.customer_id.notnull()).select("customer_id").distinct()
    facts = attributes.select(customer_id="subject", fact="name", value="value")
    return facts.semi_join(customers, "customer_id").distinct()


def compare(facts: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """One row per (fact, value, group) that can be compared, among customers who have the fact and a group.

    groups: the group of each customer, by customer_id; facts: customer_facts.
    customers, of       in the group: with the value, with the fact
    known, known_of     the same of all groups together
    share, share_all    customers / of, known / known_of; 0–1
    index               share / share_all: above 1, the group has more of them
    p                   that chance alone would part the group as far from the rest: Fisher's exact test, its smaller
                        tail doubled. A normal test of the ratio finds twice too much where groups are small.
    Cells are left out by their margins only (group, value, or the rest of either, under five): margins know nothing of
    the difference, so the p of the cells left stay what they are.
    """
    cells = _counted(facts, groups)
    rest = pd.DataFrame({"of": cells.known_of - cells.of, "other": cells.known_of - cells.known})
    cells = cells[(pd.concat([cells[["of", "known"]], rest], axis=1) >= SMALLEST_GROUP).all(axis=1)]
    share, share_all = cells.customers / cells.of, cells.known / cells.known_of
    cells = cells.assign(share=share, share_all=share_all, index=share / share_all)
    draw = hypergeom(cells.known_of, cells.known, cells.of)
    tail = np.minimum(draw.cdf(cells.customers), draw.sf(cells.customers - 1))
    return cells.assign(p=np.minimum(1.0, 2 * tail)).reset_index(drop=True)


def _counted(facts: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Every (fact, value, group), those without customers included, with its counts."""
    told = facts.assign(group=facts.customer_id.map(groups)).dropna(subset="group")
    of = told.groupby(["fact", "group"]).customer_id.nunique().rename("of").reset_index()
    known = told.groupby(["fact", "value"]).customer_id.nunique().rename("known").reset_index()
    held = told.groupby(["fact", "value", "group"]).customer_id.nunique().rename("customers").reset_index()
    cells = known.merge(of, "inner", "fact").merge(held, "left", ["fact", "value", "group"]).fillna({"customers": 0})
    return cells.assign(known_of=cells.groupby(["fact", "value"]).of.transform("sum"))


def _log_ratio(cells: pd.DataFrame) -> pd.Series:
    return np.log((cells.customers + 0.5) / (cells.of + 0.5)) - np.log(_others(cells) / _rest(cells))


def _error(cells: pd.DataFrame) -> pd.Series:
    inverse = 1 / (cells.customers + 0.5) - 1 / (cells.of + 0.5) + 1 / _others(cells) - 1 / _rest(cells)
    return np.sqrt(inverse)


def _others(cells: pd.DataFrame) -> pd.Series:
    return cells.known - cells.customers + 0.5


def _rest(cells: pd.DataFrame) -> pd.Series:
    return cells.known_of - cells.of + 0.5


def stand_out(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells of compare that differ beyond chance, the largest index first, with index_low and index_high.

    Of the cells found, one in ten may be chance (Benjamini–Hochberg). The intervals, of the logarithm of the ratio to the
    rest with half a customer added to each count, are so wide that of all those shown nine in ten hold the truth,
    although the cells were picked for standing out. Left out are cells whose interval holds 1 after all, and cells that
    would tell of fewer than five customers, themselves or by subtraction.
    Source: Benjamini & Yekutieli (2005), J. Am. Statist. Ass. 100(469), 71-81; Katz et al. (1978), Biometrics 34(3),
    469-474; the half: Walter (1975), Biometrika 62(2), 371-374.
    """
    ranked = cells.sort_values("p")
    level = _FALSE * np.arange(1, len(ranked) + 1) / max(len(ranked), 1)
    within = np.flatnonzero(ranked.p <= level)
    found = ranked.head(within[-1] + 1 if len(within) else 0)
    z = norm.isf(_FALSE * len(found) / max(len(cells), 1) / 2)
    low, high = (_as_index(found, _log_ratio(found) + sign * z * _error(found)) for sign in (-1, 1))
    shown = _safe(found.assign(index_low=low, index_high=high)[(low > 1) | (high < 1)])
    return shown.sort_values("index", ascending=False).reset_index(drop=True)


def _as_index(cells: pd.DataFrame, log_ratio: pd.Series) -> pd.Series:
    """The group against all, itself included, from the group against the rest."""
    ratio, weight = np.exp(log_ratio), cells.of / cells.known_of
    return ratio / (weight * ratio + 1 - weight)


def _safe(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells without those of fewer than five, and without the smallest of each line whose rest could be subtracted.

    A line is all values of a fact in one group, or all groups with one value: its total less what is shown is what is not.
    """
    others = cells.known - cells.customers
    counts = [cells.customers, cells.of - cells.customers, others, cells.known_of - cells.of - others]
    cells = cells[(pd.concat(counts, axis=1) >= SMALLEST_GROUP).all(axis=1)]
    while True:
        telling = pd.Series(False, cells.index)
        for line, total in ((["fact", "group"], "of"), (["fact", "value"], "known")):
            lines = cells.groupby(line).customers
            rest = cells[total] - lines.transform("sum")
            telling |= rest.between(1, SMALLEST_GROUP - 1) & (cells.customers == lines.transform("min"))
        if not telling.any():
            return cells
        cells = cells[~telling]


def known_told(facts: pd.DataFrame, customers: int) -> Sentence:
    """How many of all customers anything is known of as people."""
    n = facts.customer_id.nunique()
    if not n:
        return say("Nothing is known of customers as people: no table of attributes names one.")
    return say(
        "Facts about the person are known of {n} of {all} customers ({share}); what follows holds for them alone.",
        n=people(n), all=people(customers), share=percent(n / customers if n >= SMALLEST_GROUP else float("nan")),
    )  # fmt: skip


DEMOGRAPHICS: Labels = {
    "who": (say("Group"), "text"),
    "what": (say("Fact"), "text"),
    "tgi": (say("Index (100 = as all)"), "count"),
    "tgi_low": (say("90% from"), "count"),
    "tgi_high": (say("90% to"), "count"),
    "share": (say("Share in the group"), "percent"),
    "share_all": (say("Share of all"), "percent"),
    "customers": (say("Customers"), "people"),
}


def named(shown: pd.DataFrame, names: Mapping[str, Sentence]) -> pd.DataFrame:
    """What stands out with groups and facts in words, and indices times 100 as shops read them; names: of the groups."""
    what = [say("{fact}: {value}", fact=str(row.fact), value=str(row.value)) for row in shown.itertuples()]
    indices = {column.replace("index", "tgi"): 100 * shown[column] for column in ("index", "index_low", "index_high")}
    return shown.assign(who=[names[group] for group in shown.group], what=what, **indices)


def title(rows: pd.DataFrame, compared: int) -> Sentence:
    """Of rows in words, what a group has most more of (or, where all have less, least); or that no cell stands out."""
    if not compared:
        return say("Too few customers have facts and groups to compare")
    if rows.empty:
        return say("In none of {n} comparisons does a group differ from the rest beyond chance", n=count(compared))
    most = rows.iloc[0] if rows["index"].iloc[0] > 1 else rows.iloc[-1]
    return say(
        "{who}: {share} have {what}, against {share_all} of all (index {index}, 90%: {low} to {high}). {found} of {n} "
        "comparisons stand out beyond chance",
        who=most.who, what=most.what, share=percent(most.share), share_all=percent(most.share_all),
        index=count(most.tgi), low=count(most.tgi_low), high=count(most.tgi_high), found=count(len(rows)), n=count(compared),
    )  # fmt: skip


def plot_demographics(rows: pd.DataFrame, words: Words) -> Figure:
    """Indices with their intervals as dots, group and fact at the left; the ten furthest from 100."""
    with house_style():
        far = np.log(rows["index"]).abs().nlargest(_DRAWN).index
        drawn_rows = rows.loc[rows.index.isin(far)].reset_index(drop=True)
        drawn = figure(0.6 + 0.42 * len(drawn_rows))
        axes = drawn.subplots()
        spread = np.abs(drawn_rows[["tgi_low", "tgi_high"]].to_numpy().T - drawn_rows.tgi.to_numpy())
        axes.errorbar(drawn_rows.tgi, drawn_rows.index, xerr=spread, fmt="o", color=ACCENT, markersize=5, linewidth=1)
        axes.axvline(100, color=SOFT, linewidth=0.8)
        axes.set_yticks(
            drawn_rows.index, [f"{words.text(row.who)}\n{words.text(row.what)}" for row in drawn_rows.itertuples()]
        )
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator([10, 20, 50, 100, 200, 500, 1000]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: words.value(count(tick))))
        axes.set_xlabel(words.text(say("index: 100 is as all customers")), color=INK)
        axes.invert_yaxis()
        return drawn
