"""A brand made without the library, whose campaigns' effects are known: customers chosen for what they spent before the data begin
as well, paces that wander, baskets with a heavy tail, a season, and campaigns of three offers that overlap.
"""

import datetime as dt
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd

FIRST, WEEKS, UNSEEN, CUSTOMERS = dt.date(2023, 1, 2), 52, 26, 1_500
OFFERS = {"A": 400, "B": 100, "C": 45}  # customers sent each
CAMPAIGNS, UNLIKE = 14, 0.04  # campaigns, and the deviation of the lifts of one offer
Draw = np.random.Generator


def made(seed: int, chosen_until: int = 8) -> tuple[SimpleNamespace, pd.DataFrame, pd.Series]:
    """A made brand: what stands for its shop, what each campaign adds in the mean, and the mean lift of each offer.

    chosen_until: weeks before a campaign until which the sender has looked at what customers spent.
    """
    draw = np.random.default_rng(seed)
    size, paces = draw.normal(3.2, 0.5, CUSTOMERS), _paces(draw)
    counts = draw.poisson(paces)
    who, week = np.nonzero(counts)
    times = counts[who, week]
    who, when = np.repeat(who, times), 7 * np.repeat(week, times) + draw.integers(0, 7, times.sum())
    paid = np.exp(size[who] + draw.normal(0, 0.9, len(who)))
    lifts, answers = pd.Series(draw.normal(0.05, 0.05, len(OFFERS)), OFFERS), []
    for number in range(CAMPAIGNS):
        offer, day = list(OFFERS)[number % len(OFFERS)], 7 * UNSEEN + 60 + 21 * number
        seen = when < day - 7 * chosen_until
        known = np.bincount(who[seen], paid[seen], CUSTOMERS) / (day / 7 - chosen_until)
        sent = np.argsort(-0.9 * np.log1p(known) - draw.gumbel(size=CUSTOMERS))[: OFFERS[offer]]
        answer = np.zeros((CUSTOMERS, 7 * (UNSEEN + WEEKS)))
        answer[sent, day : day + 28] = draw.normal(lifts[offer], UNLIKE) * draw.gamma(2.0, 0.5, (len(sent), 1))
        answers.append((f"c{number:02}", offer, day, sent, answer))
    raised = np.prod([1 + answer for *_, answer in answers], axis=0)
    expected = np.repeat(paces / 7, 7, axis=1) * np.exp(size + 0.9**2 / 2)[:, None] * raised
    added = [(expected * answer / (1 + answer)).sum() / len(sent) for *_, sent, answer in answers]
    truths = pd.DataFrame([{"campaign": name, "offer": offer} for name, offer, *_ in answers]).assign(added=added)
    return _shop(who, when, paid * raised[who, when], answers), truths, lifts


def _paces(draw: Draw) -> np.ndarray:
    """Orders a week of each customer in each week: a mean of their own, a slow wander, a season, and a luck that all share."""
    wander, own = draw.normal(0, 0.3, CUSTOMERS), draw.normal(-0.9, 0.8, CUSTOMERS)
    weeks = []
    for week in range(UNSEEN + WEEKS):
        wander = 0.95 * wander + draw.normal(0, 0.3 * np.sqrt(1 - 0.95**2), CUSTOMERS)
        weeks.append(np.exp(own + wander + 0.25 * np.sin(2 * np.pi * week / 52) + 0.05 * draw.normal()))
    return np.array(weeks).T


def _shop(who: np.ndarray, when: np.ndarray, paid: np.ndarray, answers: list) -> SimpleNamespace:
    begins, seen = pd.Timestamp(FIRST) - pd.Timedelta(days=7 * UNSEEN), when >= 7 * UNSEEN
    at = begins + pd.to_timedelta(when, unit="D")
    orders = pd.DataFrame({"customer_id": _names(who), "ordered_at": at, "net_revenue": paid})[seen]
    told = [
        pd.DataFrame({"customer_id": _names(sent), "campaign": name, "offer": offer, "sent_at": begins + pd.Timedelta(days=day)})
        for name, offer, day, sent, _ in answers
    ]  # fmt: skip
    return shop_of(orders, pd.concat(told), FIRST, FIRST + dt.timedelta(days=7 * WEEKS - 1))


def _names(customers: np.ndarray) -> np.ndarray:
    return np.char.add("k", np.char.zfill(customers.astype(str), 5))


def shop_of(orders: pd.DataFrame, contacts: pd.DataFrame, first_day: dt.date, as_of: dt.date) -> SimpleNamespace:
    """What stands for a shop with these orders and contacts; columns of contacts that are not there are empty."""
    kinds = {"customer_id": "string", "campaign": "string", "offer": "string", "sent_at": "timestamp(6)", "redeemed_at": "timestamp(6)", "holdout": "boolean"}  # fmt: skip
    sent = contacts.reindex(columns=list(kinds))
    sent = sent.assign(redeemed_at=pd.to_datetime(sent.redeemed_at), holdout=sent.holdout.astype("boolean"))
    bought = ibis.memtable(
        orders, schema={"customer_id": "string", "ordered_at": "timestamp(6)", "net_revenue": "float64"}
    )
    return SimpleNamespace(orders=bought, contacts=ibis.memtable(sent, schema=kinds), first_day=first_day, as_of=as_of, load=_load)  # fmt: skip


def _load(expression: ibis.Table) -> pd.DataFrame:
    frame = expression.order_by(list(expression.columns)).to_pandas()
    days = [name for name, kind in expression.schema().items() if kind.is_date()]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})


def weekly(levels: dict[str, float], raised: dict[str, float], day: int = 140, weeks: int = 40) -> pd.DataFrame:
    """Orders of customers who order every Thursday for their level; from the day on for 2 more, and those raised for that more too."""
    rows = [
        (
            name,
            pd.Timestamp(FIRST) + pd.Timedelta(days=7 * week + 3),
            level + (7 * week + 3 >= day) * (2 + raised.get(name, 0)),
        )
        for name, level in levels.items()
        for week in range(weeks)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "net_revenue"])


def sent_to(names: list[str], campaign: str = "spring", day: int = 140, **columns: object) -> pd.DataFrame:
    """Contacts: a campaign sent to these customers at nine on that day."""
    at = pd.Timestamp(FIRST) + pd.Timedelta(days=day, hours=9)
    return pd.DataFrame({"customer_id": names, "campaign": campaign, "offer": "A", "sent_at": at} | columns)
