"""Value: the margin that each customer should bring in the year ahead, and how far it may be off.

What is expected is worked out; how far it may be off is drawn: parameters from the posterior, then each customer's
future, then what her orders bring.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shopkeeper.clv.expected import COARSE, expected_orders
from shopkeeper.clv.future import draw_orders
from shopkeeper.clv.models import Floats, Histories, histories, p_alive, p_order
from shopkeeper.clv.origins import WEEKS, YEAR
from shopkeeper.clv.posterior import Posterior
from shopkeeper.clv.spend import Spend

HORIZON = 7 * YEAR  # days that value looks ahead, in whole weeks
ENDS = np.array([*(7.0 * weeks for weeks in WEEKS), HORIZON])  # days
SOON = 91.0  # days in which an order is soon
_EXACT, _DRAWN = 20, 200  # draws of a posterior that expectations, and futures, are worked out for
_MANY, _MOST = 100_000, 500_000  # customers, above which half, and a quarter, of the draws do
_AT_ONCE = 25_000  # customers
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)


@dataclass(frozen=True)
class Drawn:
    """Draws of the future of groups of customers: by draw, end (of ENDS) and group.

    orders: order days up to the end; brought: what they bring, discounted to today, in currency: margin or net revenue,
    as the model of what an order brings was made from.
    """

    groups: list[str]
    orders: Floats
    brought: Floats

    @property
    def year(self) -> Floats:
        """By draw (down) and group (across), what is brought in the whole year."""
        return self.brought[:, -1]


def order_margins_of(history: pd.DataFrame) -> pd.DataFrame:
    """Of each customer order_days, the mean margin of one (amount), and the squares around it: the first day counts too.

    history: of purchase_history.
    """
    return _amounts(history.frequency, history.first_margin, history.margin, history.margin_squares)


def order_revenues_of(history: pd.DataFrame) -> pd.DataFrame:
    """The same of net revenue."""
    return _amounts(history.frequency, history.first_revenue, history.revenue, history.revenue_squares)


def _amounts(frequency: pd.Series, first: pd.Series, mean: pd.Series, squares: pd.Series) -> pd.DataFrame:
    n = frequency + 1
    amount = (first + (frequency * mean).fillna(0.0)) / n
    gap = (mean - first).fillna(0.0)
    return pd.DataFrame({"order_days": n, "amount": amount, "squares": squares + frequency / n * gap**2}).astype(
        "float64"
    )


def expected(posterior: Posterior, customers: pd.DataFrame, rate: float) -> pd.DataFrame:
    """Of each customer: orders and discounted_orders of the next 364 days, order_soon (0–1, within 91) and p_alive.

    customers: frequency, recency, T and cell. rate: the yearly discount, 0.1 for 10%.
    """
    rows, place = _alike(customers)
    data = histories(rows)
    sums = [_expected(posterior, number, data, rate) for number in spread(posterior, _fewer(_EXACT, len(customers)))]
    mean = np.mean(sums, axis=0)[:, place]
    names = ["orders", "discounted_orders", "order_soon", "p_alive"]
    return pd.DataFrame(dict(zip(names, mean, strict=True)), index=customers.index)


def _expected(posterior: Posterior, number: int, data: Histories, rate: float) -> Floats:
    theta, model = posterior.theta(number), posterior.model
    force = np.log1p(rate) / 365
    at = HORIZON * (_NODES + 1) / 2
    # By parts: what comes on day t counts e^(-force t).
    came = expected_orders(model, theta, data, np.array([*at, HORIZON]), COARSE)
    early = came[:, :-1] @ (np.exp(-force * at) * _WEIGHTS * HORIZON / 2)
    discounted = np.exp(-force * HORIZON) * came[:, -1] + force * early
    return np.array([came[:, -1], discounted, p_order(model, theta, data, SOON), p_alive(model, theta, data)])


def drawn(
    posterior: Posterior, spend: Spend, customers: pd.DataFrame, rate: float, seed: int
) -> tuple[pd.DataFrame, Drawn]:
    """Of each customer a 90% interval of the discounted margin of the next 364 days (low, high); and the groups' futures.

    customers: frequency, recency, T, cell, group (text), and order_days and amount of order_margins_of.
    """
    groups = sorted(customers.group.unique())
    draws = spread(posterior, _fewer(_DRAWN, len(customers)))
    orders = np.zeros((len(draws), len(ENDS), len(groups)))
    brought, limits = np.zeros_like(orders), []
    for part in np.array_split(np.arange(len(customers)), -(-len(customers) // _AT_ONCE)):
        some = customers.iloc[part]
        code = pd.Categorical(some.group, groups).codes
        own = np.zeros((len(part), len(draws)), np.float32)
        for number, future in enumerate(_futures(posterior, spend, some, draws, rate, seed + int(part[0]))):
            who, came, worth = future
            for end in range(len(ENDS)):
                orders[number, end] += np.bincount(code[who], came[:, end], len(groups))
                brought[number, end] += np.bincount(code[who], worth[:, end], len(groups))
            own[who, number] = worth[:, -1]
        limits.append(_limits(own))
    return pd.DataFrame(np.concatenate(limits), customers.index, ["low", "high"]), Drawn(groups, orders, brought)


def _futures(
    posterior: Posterior, spend: Spend, customers: pd.DataFrame, draws: list[int], rate: float, seed: int
) -> Iterator[tuple[npt.NDArray[np.int64], Floats, Floats]]:
    """Draw after draw: who orders again within the year, and of these (down) order days up to each of ENDS (across), and their margin."""
    draw, model = np.random.default_rng(seed), posterior.model
    alike, place = _alike(customers)
    data, same = histories(customers), histories(alike.drop(columns="n"))
    n, amount = (customers[name].to_numpy(np.float64) for name in ("order_days", "amount"))
    today = (1 + rate) ** (-(ENDS - np.diff(ENDS, prepend=0.0) / 2) / 365)  # what comes in the middle of a period
    for number in draws:
        theta = posterior.theta(number)
        still = np.flatnonzero(draw.random(len(customers)) < p_alive(model, theta, same)[place])
        who, came = draw_orders(model, theta, data, still, ENDS, draw, posterior.drift)
        steps = np.diff(came, axis=1, prepend=0.0)
        yield who, came, (spend.draw(n[who], amount[who], steps, draw) * today).cumsum(axis=1)


def _alike(customers: pd.DataFrame) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Customers alike in all that a model reads, once (with n, how many); and which of them each customer is."""
    grouped = customers.groupby(["cell", "frequency", "recency", "T"], sort=False)
    return grouped.size().rename("n").reset_index(), grouped.ngroup().to_numpy()


def _limits(own: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The ends of a 90% interval of each customer (down), of draws (across): where one in twenty or more bring nothing,
    it begins there, and nine tenths lie in it; else a twentieth lies below and a twentieth above.
    """
    own.sort(axis=1)
    size = own.shape[1]
    low, ninth, high = (own[:, int(np.ceil(share * size)) - 1] for share in (0.05, 0.9, 0.95))
    is_open = low <= 0
    return np.column_stack([np.minimum(low, 0) * is_open + low * ~is_open, np.where(is_open, ninth, high)])


def _fewer(draws: int, customers: int) -> int:
    return draws // (1 + (customers > _MANY) + 2 * (customers > _MOST))


def spread(posterior: Posterior, size: int) -> list[int]:
    """As many draws, evenly over all."""
    return [int(place) for place in np.linspace(0, len(posterior) - 1, size)]
