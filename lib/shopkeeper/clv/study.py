"""The study of a brand's customers: which model tells best what they do, and what it has learnt of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from shopkeeper.clv.beginnings import beginnings, cells, levels
from shopkeeper.clv.first_year import FirstYear, first_year
from shopkeeper.clv.fit import collapse, maximum_likelihood
from shopkeeper.clv.history import purchase_history
from shopkeeper.clv.holdout import NAIVE, compare, drift, judged
from shopkeeper.clv.level import Level, misses, seasons
from shopkeeper.clv.level import levels as levels_of
from shopkeeper.clv.models import PARAMETERS
from shopkeeper.clv.origins import CHOSEN, FEWEST, SETTLING, YEAR, Origin, a_year_before, look_back, origin_days
from shopkeeper.clv.posterior import Posterior, sample
from shopkeeper.clv.spend import Spend, spend_model
from shopkeeper.clv.value import order_margins_of, order_revenues_of
from shopkeeper.fits import kept
from shopkeeper.shop import Shop

CUSTOMERS, REPEATED = 200, 50  # customers, and of them those who came again, below which nothing is learnt


@dataclass(frozen=True)
class Study:
    """What is known of a brand's customers, and the models that were learnt from it.

    customers    by customer_id: of purchase_history, with cell, order_days and amount (margin) of order_margins_of, is_new
    paid         by customer_id: mean net revenue of an order day
    factors      by customer_id: of beginnings.levels
    origins      earlier days, the latest first; today: the same of the last day
    compared     of holdout.compare, without rows where too few days are over
    posterior    of the model; spend, sales: of an order's margin and of its net revenue
    correlation  of frequency with the mean margin of repeat orders
    first_year   of new customers, beside what the model says of it
    levels       by weeks ahead, of level.levels; season: by day, what the time of year adds to 13 weeks
    """

    customers: pd.DataFrame
    paid: pd.Series
    factors: pd.DataFrame
    origins: list[Origin]
    today: Origin
    compared: pd.DataFrame
    posterior: Posterior
    spend: Spend
    sales: Spend
    correlation: float
    first_year: FirstYear
    levels: Mapping[int, Level]
    season: pd.Series

    @property
    def model(self) -> str:
        """The model that stands."""
        return self.posterior.model

    @property
    def year(self) -> Level:
        """What moves everyone in the year ahead."""
        return self.levels[YEAR]

    @property
    def yearly(self) -> float:
        """What a year's expectation of every customer is multiplied by: what of it came in the year before."""
        return float(np.exp(self.year.season))

    @property
    def is_better(self) -> bool:
        """Whether the model foretold earlier days better than every naive rule."""
        scores = mean_scores(self.compared)
        return bool(len(scores) and scores[self.model] > scores[list(NAIVE)].max())

    @property
    def is_trusted(self) -> bool:
        """Whether anyone may act on it: it beat the naive rules, and the sampler converged."""
        return self.is_better and self.posterior.is_sound


def known_customers(shop: Shop) -> pd.DataFrame:
    """The purchase history of every named customer, by customer_id; is_new: not first seen as the data began."""
    history = shop.load(purchase_history(shop)).set_index("customer_id")
    begun = pd.Timestamp(shop.first_day) + pd.Timedelta(days=SETTLING)
    return history.assign(is_new=history.first_day >= begun)


def study(shop: Shop, history: pd.DataFrame, seed: int) -> Study:
    """Look back on earlier days, choose the model that foretold them best, and learn from all that is known today."""
    origins = [look_back(shop, day) for day in origin_days(shop, CHOSEN)]
    compared = compare(origins) if len(origins) >= FEWEST else pd.DataFrame(columns=["origin", "method"])
    model = best_model(compared, history)
    factors, customers = _told_apart(shop, history)
    year_before = [look_back(shop, day) for day in a_year_before(shop, [each.day for each in origins])]
    missed = misses([*origins, *year_before], model)
    correlation = correlated(history)
    sales = order_revenues_of(history)
    moves = levels_of(missed, shop.as_of)
    posterior, compared = _drifting(_learnt(shop, model, customers, factors, seed), origins, compared)
    return Study(
        customers=customers, paid=sales.amount, factors=factors, origins=origins, today=look_back(shop, shop.as_of), compared=compared,
        posterior=posterior, first_year=first_year(shop, customers, posterior, moves[YEAR]),
        spend=spend_model(customers.order_days, customers.amount, order_margins_of(history).squares, correlation),
        sales=spend_model(sales.order_days, sales.amount, sales.squares, correlated_sales(history)),
        correlation=correlation,
        levels=moves, season=seasons(missed, shop.as_of, CHOSEN),
    )  # fmt: skip


def _learnt(shop: Shop, model: str, customers: pd.DataFrame, factors: pd.DataFrame, seed: int) -> Posterior:
    rows = customers[["frequency", "recency", "T", "cell"]].reset_index(drop=True)
    return kept(shop.brand, sample, model, collapse(rows), cells(factors)[1], seed)


def _drifting(posterior: Posterior, origins: list[Origin], compared: pd.DataFrame) -> tuple[Posterior, pd.DataFrame]:
    """The posterior with what earlier days say of how far paces move, and the comparison with that in the model's rows."""
    if compared.empty or not (found := drift(origins, posterior.model)):
        return posterior, compared
    moved = judged(origins, posterior.model, found)
    others = compared[compared.method != posterior.model]
    return replace(posterior, drift=found), pd.concat([others, moved], ignore_index=True)


def best_model(compared: pd.DataFrame, history: pd.DataFrame) -> str:
    """The model with the best mean log score on earlier days; where none was compared, the likeliest today."""
    scores = mean_scores(compared)
    if len(scores):
        return str(scores[list(PARAMETERS)].idxmax())
    rows = collapse(history)
    return max(PARAMETERS, key=lambda model: maximum_likelihood(model, rows).log_likelihood)


def mean_scores(compared: pd.DataFrame) -> pd.Series:
    """By method, the mean log score of a customer over all origins; without rows where none was compared."""
    return compared.groupby("method").log_score.mean() if len(compared) else pd.Series(dtype="float64")


def correlated(history: pd.DataFrame) -> float:
    """The correlation of how often customers come back with what their orders bring, of those who came back."""
    return _correlation(history.frequency, history.margin)


def correlated_sales(history: pd.DataFrame) -> float:
    """The same with net revenue."""
    return _correlation(history.frequency, history.revenue)


def _correlation(frequency: pd.Series, amount: pd.Series) -> float:
    again = frequency > 0
    if amount[again].nunique() < 2 or frequency[again].nunique() < 2:
        return 0.0  # what is all alike goes with nothing
    return float(np.corrcoef(frequency[again], amount[again])[0, 1])


def _told_apart(shop: Shop, history: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What tells customers apart, and the customers with their cell and what their orders bring."""
    begun = shop.load(beginnings(shop)).set_index("customer_id").reindex(history.index)
    factors = levels(begun, history.is_new)
    own = order_margins_of(history)
    return factors, history.assign(cell=cells(factors)[0], order_days=own.order_days, amount=own.amount)
