"""Claims: what will happen, said as a measure that anyone can score later."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import ibis

from shopkeeper.shop import Shop
from shopkeeper.tables import DataError


@dataclass(frozen=True)
class Claim:
    """A forecast that anyone can score: a measure of a subject over [starts_on, ends_on], both days included.

    low and high bound a 90% interval; naive is what the simplest rule says. Counterfactuals are no claims.
    members: pseudonyms of the frozen list of customers that the claim is about, for the measures list_*.
    """

    subject: str
    measure: str
    starts_on: dt.date
    ends_on: dt.date
    predicted: float
    low: float
    high: float
    naive: float
    members: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, on their way to the record, which keeps the members apart. DataError for what none can score."""
        if self.measure not in MEASURES:
            raise DataError(f"claim: no measure {self.measure!r}; registered are {', '.join(MEASURES)}.")
        if bool(self.members) != self.measure.startswith("list_"):
            raise DataError(
                f"claim: {self.measure} of {self.subject!r} names {len(self.members)} customers. The measures list_* need "
                "members, and no other takes them."
            )
        if self.measure == "cohort_buyers" and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", self.subject):
            raise DataError(f"claim: cohort_buyers of {self.subject!r}; its subject is a month, such as 2024-05.")
        row = asdict(self) | {"starts_on": str(self.starts_on), "ends_on": str(self.ends_on)}
        return row | {"members": list(self.members)} if row.pop("members") else row


def net_revenue(shop: Shop, claim: Claim) -> float:
    """Net revenue of all orders in the period, before returns. subject is not read."""
    within = _within(shop, claim)
    return _number(shop, within.agg(total=within.net_revenue.sum()))


def orders(shop: Shop, claim: Claim) -> float:
    """Orders in the period. subject is not read."""
    within = _within(shop, claim)
    return _number(shop, within.agg(total=within.count()))


def buyers(shop: Shop, claim: Claim) -> float:
    """Named customers with at least one order in the period. subject is not read."""
    within = _within(shop, claim)
    return _number(shop, within.agg(total=within.customer_id.nunique()))


def new_customers(shop: Shop, claim: Claim) -> float:
    """Named customers whose first order ever seen falls in the period. subject is not read."""
    first = shop.orders.group_by("customer_id").agg(day=shop.orders.ordered_at.min().date())
    came = first.filter(
        first.customer_id.notnull() & first.day.between(ibis.literal(claim.starts_on), ibis.literal(claim.ends_on))
    )
    return _number(shop, came.agg(total=came.count()))


def units_sold(shop: Shop, claim: Claim) -> float:
    """Units of the SKU `subject` sold in the period."""
    lines = shop.order_lines.filter(shop.order_lines.sku == claim.subject).semi_join(_within(shop, claim), "order_id")
    return _number(shop, lines.agg(total=lines.quantity.sum()))


def sku_net_revenue(shop: Shop, claim: Claim) -> float:
    """Net revenue of the SKU `subject` in the period, before returns."""
    lines = shop.order_lines.filter(shop.order_lines.sku == claim.subject).semi_join(_within(shop, claim), "order_id")
    return _number(shop, lines.agg(total=lines.net_revenue.sum()))


def sku_gross_margin(shop: Shop, claim: Claim) -> float:
    """Net revenue of the SKU `subject` in the period less the cost of its units, as told with each line, else of today; before returns."""
    lines = shop.order_lines.filter(shop.order_lines.sku == claim.subject).semi_join(_within(shop, claim), "order_id")
    lines = lines.left_join(shop.products.select("sku", of_product="unit_cost"), "sku")
    cost = ibis.coalesce(lines.unit_cost, lines.of_product, 0.0) * lines.quantity
    return _number(shop, lines.agg(total=(lines.net_revenue - cost).sum()))


def category_units(shop: Shop, claim: Claim) -> float:
    """Units sold in the period of the SKUs whose category in products is `subject`."""
    lines = _of_category(shop, claim)
    return _number(shop, lines.agg(total=lines.quantity.sum()))


def category_net_revenue(shop: Shop, claim: Claim) -> float:
    """Net revenue in the period of lines with units of the SKUs whose category in products is `subject`, before returns."""
    lines = _of_category(shop, claim)
    return _number(shop, lines.agg(total=lines.net_revenue.sum()))


def list_orders(shop: Shop, claim: Claim) -> float:
    """Orders of the members in the period. subject is the list's name, such as `segment: regulars @2024-06-30`."""
    within = _of_members(shop, claim)
    return _number(shop, within.agg(total=within.count()))


def list_net_revenue(shop: Shop, claim: Claim) -> float:
    """Net revenue of the members' orders in the period, before returns. subject is the list's name."""
    within = _of_members(shop, claim)
    return _number(shop, within.agg(total=within.net_revenue.sum()))


def cohort_buyers(shop: Shop, claim: Claim) -> float:
    """Customers with an order in the period whose first order ever seen fell in the month `subject`: 2024-05."""
    first = shop.orders.group_by("customer_id").agg(first=shop.orders.ordered_at.min())
    cohort = first.filter(first.first.strftime("%Y-%m") == claim.subject)
    within = _within(shop, claim).semi_join(cohort, "customer_id")
    return _number(shop, within.agg(total=within.customer_id.nunique()))


MEASURES: dict[str, Callable[[Shop, Claim], float]] = {
    "net_revenue": net_revenue,
    "orders": orders,
    "buyers": buyers,
    "new_customers": new_customers,
    "units_sold": units_sold,
    "sku_net_revenue": sku_net_revenue,
    "sku_gross_margin": sku_gross_margin,
    "category_units": category_units,
    "category_net_revenue": category_net_revenue,
    "list_orders": list_orders,
    "list_net_revenue": list_net_revenue,
    "cohort_buyers": cohort_buyers,
}


def _within(shop: Shop, claim: Claim) -> Any:
    day = shop.orders.ordered_at.date()
    return shop.orders.filter(day.between(ibis.literal(claim.starts_on), ibis.literal(claim.ends_on)))


def _of_category(shop: Shop, claim: Claim) -> Any:
    skus = shop.products.filter(shop.products.category == claim.subject)
    lines = shop.order_lines.filter(shop.order_lines.quantity > 0)
    return lines.semi_join(skus, "sku").semi_join(_within(shop, claim), "order_id")


def _of_members(shop: Shop, claim: Claim) -> Any:
    members = ibis.memtable([(name,) for name in claim.members], schema={"customer_id": "string"})
    return _within(shop, claim).semi_join(members, "customer_id")


def _number(shop: Shop, one: Any) -> float:
    total = shop.load(one).total.iloc[0]
    return 0.0 if total != total else float(total)
