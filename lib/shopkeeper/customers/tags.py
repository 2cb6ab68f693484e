"""Tags: what each customer will do, with a probability that was tested on later days before anyone acts on it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.customers.bgnbd import expected_orders
from shopkeeper.customers.past import STEP, YEAR, Past
from shopkeeper.customers.scoring import (
    Score,
    learn,
    probabilities,
    ranking,
    recency_alone,
    reliability,
    season,
    too_few,
    trust,
)
from shopkeeper.shop import Shop

_LOOKED_BACK = 12  # days, for one customer's curve
_LEARN_FROM = 4  # days looked back to, whose customers are learnt from
LEAVING = 0.5  # probability to stay away for 90 days from which a customer is about to leave


@dataclass(frozen=True)
class Tag:
    """Something customers may do within `days`. did and among read a table of features and outcomes, row by row.

    among: whom the question is about; tables: what the brand needs for it to be asked.
    """

    name: str
    days: int
    did: Callable[[pd.DataFrame], pd.Series]
    among: Callable[[pd.DataFrame], pd.Series] | None = None
    tables: tuple[str, ...] = ("orders",)
    if_ordered: bool = False  # asked of those who order, whoever they will be
    is_any_order: bool = False  # what BG/NBD predicts too
    n_days: int = (
        1  # two weeks apart, that are put together wherever one is looked back to: for what is rare and soon over
    )


def _top_tenth(past: pd.DataFrame) -> pd.Series:
    return (past.net_revenue > 0) & (past.net_revenue >= past.net_revenue.quantile(0.9))


TAGS = (
    Tag("order_30", 30, lambda past: past.order_days > 0, is_any_order=True),
    Tag("lapse_90", 90, lambda past: past.order_days == 0),
    Tag("deal_90", 90, lambda past: past.deal_days >= past.order_days, tables=("order_lines",), if_ordered=True),
    Tag("new_90", 90, lambda past: past.new_things > 0, tables=("order_lines",)),
    Tag("return_90", 90, lambda past: past.returned > 0, tables=("returns",)),
    Tag("top_90", 90, _top_tenth),
    Tag(
        "cart_7",
        7,
        lambda past: past.order_days > 0,
        among=lambda past: past.open_cart > 0,
        tables=("events",),
        n_days=2,
    ),
)


@dataclass(frozen=True)
class Tagged:
    """A tag's probabilities now, by customer_id, and how it did on the last days that are over.

    tested: of scoring.trust; None where too little is known to learn or to test. curve: of scoring.reliability.
    learnt: what today's probabilities come from; None with tested.
    """

    tag: Tag
    now: pd.Series
    tested: dict[str, float] | None
    curve: pd.DataFrame
    learnt: Score | None = None

    @property
    def is_trusted(self) -> bool:
        """Whether lists may be made from it."""
        return bool(self.tested and self.tested["is_trusted"])


def askable(shop: Shop) -> list[Tag]:
    """The tags that the brand's tables can answer."""
    return [tag for tag in TAGS if shop.has(*tag.tables)]


def all_tags(past: Past, seed: int) -> list[Tagged]:
    """Every tag that the brand's tables can answer, learnt, calibrated, tested and scored as of today."""
    return [tag_customers(past, tag, seed) for tag in askable(past.shop)]


def wide(tagged: list[Tagged]) -> pd.DataFrame:
    """One row per customer with the probability of each tag that held, by the tag's name."""
    held = {each.tag.name: each.now for each in tagged if each.is_trusted}
    return pd.DataFrame(held).rename_axis("customer_id").sort_index().round(4).reset_index()


def probability(tagged: list[Tagged], name: str) -> pd.Series | None:
    """Each customer's probability of a tag, where it held."""
    return next((each.now for each in tagged if each.tag.name == name and each.is_trusted), None)


def tag_customers(past: Past, tag: Tag, seed: int) -> Tagged:
    """Learn on earlier days, calibrate on a later one, test on the last days that are over, and score today."""
    today, lag = past.shop.as_of, dt.timedelta(days=-(-tag.days // STEP) * STEP)
    learnt = _learn(past, tag, today - lag, lag, seed)
    earlier = _learn(past, tag, today - 2 * lag, lag, seed) if learnt else None
    if learnt is None or earlier is None:
        return Tagged(tag, pd.Series(dtype="float64"), None, pd.DataFrame())
    now, test = _score(past, tag, learnt, today, today - lag), _score(past, tag, earlier, today - lag, today - 2 * lag)
    asked, did = _asked(past, tag, today - lag)
    held, outcome = test.loc[asked.index], did.to_numpy(np.float64)
    tested = trust(held.probability.to_numpy(), did, held.recency.to_numpy(), float(held.base.iloc[0]))
    tested |= {
        "auc": ranking(held.probability.to_numpy(), outcome),
        "auc_recency": ranking(held.recency.to_numpy(), outcome),
    }
    if tag.is_any_order and (orders := expected_orders(asked, tag.days)) is not None:
        tested["auc_bgnbd"] = ranking(orders.to_numpy(), outcome)
    return Tagged(tag, now.probability, tested, reliability(held.probability.to_numpy(), did), learnt)


def over_time(past: Past, tagged: Tagged, customer: str) -> pd.DataFrame:
    """The customer's probability as today's model would have put it on earlier days, 30 apart: day, probability."""
    learnt, today = tagged.learnt, past.shop.as_of
    days = [today - dt.timedelta(days=STEP * k) for k in range(_LOOKED_BACK) if learnt]
    rows = [
        (day, float(probabilities(learnt, design(known.loc[[customer]]))[0]))
        for day in days
        if learnt and past.reaches(day) and customer in (known := past.known(day)).index
    ]
    return pd.DataFrame(rows, columns=["day", "probability"])


def _learn(past: Past, tag: Tag, calibrated: dt.date, lag: dt.timedelta, seed: int) -> Score | None:
    """A score learnt on days that were over by `calibrated`, and set right on that one; None where too little is known."""
    days = [calibrated - lag - dt.timedelta(days=STEP * k) for k in range(_LEARN_FROM)]
    days = [day for day in days if past.reaches(day)]
    if not days:
        return None
    later, did_later = _asked_around(past, tag, calibrated)
    if too_few(did_later):  # said before the other days are looked up
        return None
    parts = [_asked_around(past, tag, day) for day in days]
    known, did = pd.concat([part[0] for part in parts]), pd.concat([part[1] for part in parts])
    return learn(design(known), did, design(later), did_later, seed)


def _score(past: Past, tag: Tag, learnt: Score, day: dt.date, calibrated: dt.date) -> pd.DataFrame:
    """By customer on that day: probability, recency (the naive score) and base; nothing after the day is used."""
    later, did_later = _asked_around(past, tag, calibrated)
    customers = _among(tag, past.known(day))
    return pd.DataFrame({
        "probability": probabilities(learnt, design(customers), _season(past, tag, day, calibrated)),
        "recency": recency_alone(later.days_since_last, did_later, customers.days_since_last),
        "base": did_later.mean(),
    }, index=customers.index)  # fmt: skip


def _season(past: Past, tag: Tag, day: dt.date, calibrated: dt.date) -> float:
    """What the time of year adds, as it was a year before; 0 where the data do not reach back."""
    then, before = day - dt.timedelta(days=YEAR), calibrated - dt.timedelta(days=YEAR)
    if not past.reaches(before - dt.timedelta(days=STEP)):
        return 0.0
    active = [asked.order_days_90 > 0 for asked, _ in (_asked(past, tag, then), _asked(past, tag, before))]
    return season(_asked(past, tag, then)[1][active[0]], _asked(past, tag, before)[1][active[1]])


def _asked_around(past: Past, tag: Tag, day: dt.date) -> tuple[pd.DataFrame, pd.Series]:
    """Of _asked, on that day and as many before it, two weeks apart, as the tag puts together."""
    days = [day - dt.timedelta(days=14 * k) for k in range(tag.n_days)]
    parts = [_asked(past, tag, each) for each in days if each == day or past.reaches(each)]
    return pd.concat([part[0] for part in parts]), pd.concat([part[1] for part in parts])


def _asked(past: Past, tag: Tag, day: dt.date) -> tuple[pd.DataFrame, pd.Series]:
    """Features of the customers that the tag is about on that day, and whether each did it."""
    table = past.done(day, tag.days)
    if tag.if_ordered:
        table = table[table.order_days_after > 0]
    table = _among(tag, table)
    return table[past.known(day).columns], tag.did(table.filter(like="_after").rename(columns=_plain)).astype(bool)


def _plain(name: str) -> str:
    return name.removesuffix("_after")


def _among(tag: Tag, table: pd.DataFrame) -> pd.DataFrame:
    return table if tag.among is None else table[tag.among(table)]


def design(known: pd.DataFrame) -> pd.DataFrame:
    """Features as classifiers take them: days, counts and money by logarithm, and what is overdue."""
    shaped = pd.DataFrame({
        name: column if name.endswith("_rate") else np.log1p(column) for name, column in known.items()
    })  # fmt: skip
    usual = known.gap.fillna(known["T"].clip(lower=1))
    return shaped.assign(
        overdue=np.log1p(known.days_since_last) - np.log1p(usual),
        pace=np.log(known.order_days / (known["T"] + STEP)),
        is_once=(known.order_days == 1).astype("float64"),
    )
