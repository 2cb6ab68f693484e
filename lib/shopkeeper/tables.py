"""The contract: the schema of every table, and the error that a broken one raises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "integer", "number", "money", "rate", "time", "date", "flag"]

SQL_TYPES: dict[Type, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "money": "DOUBLE",
    "rate": "DOUBLE",
    "time": "TIMESTAMP",
    "date": "DATE",
    "flag": "BOOLEAN",
}


@dataclass(frozen=True)
class Column:
    """One column of a table: what it holds, and what no row of it may break."""

    name: str
    type: Type
    meaning: str
    required: bool = False
    low: float | None = None  # the smallest value allowed


@dataclass(frozen=True)
class Table:
    """One table: its grain, key and columns, and when a row of it became known.

    key: columns that no two rows share; empty where equal rows are separate facts.
    known: the column by which a row is cut at as_of; empty for tables declared constant.
    through: the table whose visible rows decide this one's, matched on that table's key.
    later: columns that are themselves dated facts, nulled where they lie after as_of.
    planned: the column by which a row is seen before it is over, as a plan; measured: what is null until it is over.
    """

    name: str
    one_row_is: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    known: str = ""
    through: str = ""
    later: tuple[str, ...] = ()
    planned: str = ""
    measured: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when the table has none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that no row may leave empty."""
        return tuple(column.name for column in self.columns if column.required)


class DataError(Exception):
    """Data that cannot be used: says which table or file, how many rows, which first, the rule and the remedy."""

    def _render_traceback_(self) -> list[str]:
        """What JupyterLab shows: the message alone, since the remedy is not in our code."""
        return [f"{type(self).__name__}: {self}"]


def offenders(values: Sequence[object], limit: int = 3) -> str:
    """The first few offending values, for an error's brackets: `1041, 1077, 2210, …`."""
    more = ", …" if len(values) > limit else ""
    return ", ".join(str(value) for value in values[:limit]) + more


def _need(name: str, type_: Type, meaning: str, low: float | None = None) -> Column:
    return Column(name, type_, meaning, required=True, low=low)


def _may(name: str, type_: Type, meaning: str, low: float | None = None) -> Column:
    return Column(name, type_, meaning, low=low)


_ORDER_ID = _need("order_id", "text", "the order")
_SKU = _need("sku", "text", "the sellable variant")
_DAY = _need("day", "date", "the day, in the brand's time zone")
_REGION = _may("region", "text", "where; null when not known")
_START = _need("period_start", "date", "first day of the period")
_DAYS = _need("period_days", "integer", "length of the period in days", 1)
_KNOWN = _need("known_on", "date", "the day the plan became known")
_VISITOR = _need("visitor_id", "text", "the visitor, hashed")
_CUSTOMER = _may("customer_id", "text", "the customer, hashed; null for guests and visitors not signed in")

_TABLES = (
    Table("orders", "one checkout", (
        _ORDER_ID,
        _CUSTOMER,
        _need("ordered_at", "time", "when the customer ordered"),
        _need("net_revenue", "money", "what the merchant receives: after discounts, ex tax, before returns", 0),
        _may("paid_at", "time", "when the order was paid"),
        _may("cancelled_at", "time", "when the order was cancelled as a whole"),
        _may("storefront", "text", "where the order was placed"),
        _REGION,
        _may("shipping_fee", "money", "what the customer paid for delivery", 0),
        _may("platform_fee", "money", "commission the platform keeps", 0),
        _may("logistics_cost", "money", "what delivery cost the merchant", 0),
    ), key=("order_id",), known="ordered_at", later=("paid_at", "cancelled_at")),
    Table("order_lines", "one SKU in one order", (
        _ORDER_ID,
        _need("line", "integer", "number of the line within its order, from 1", 1),
        _SKU,
        _may("quantity", "integer", "units; null where the line has no unit demand (fuel, fees)", 1),
        _may("list_price", "money", "price of one unit before any discount", 0),
        _may("customer_paid", "money", "what the customer paid for the line; below 0 where a coupon stands on a line alone"),
        _need("net_revenue", "money", "what the merchant receives for the line; margin follows it", 0),
        _may("promotion_discount", "money", "discount by promotion, borne by the merchant", 0),
        _may("coupon_discount", "money", "discount by coupon, borne by the merchant", 0),
        _may("platform_discount", "money", "discount borne by the platform, the manufacturer or an influencer", 0),
        _may("unit_cost", "money", "cost of one unit on that day", 0),
        _may("bundle", "text", "SKU of the bundle that it was sold in; null when sold on its own"),
    ), key=("order_id", "line"), through="orders"),
    Table("returns", "one return or refund of one line", (
        _ORDER_ID,
        _may("line", "integer", "the line; null when the whole order came back", 1),
        _need("returned_at", "time", "when it was returned or refunded"),
        _may("quantity", "integer", "units returned", 1),
        _need("refund", "money", "what the customer got back", 0),
        _may("reason", "text", "why, in the platform's words"),
    ), known="returned_at", through="orders"),
    Table("products", "one SKU", (
        _SKU,
        _need("product", "text", "the product the SKU is a variant of, as shown to customers"),
        _may("category", "text", "the shop's own category"),
        _may("maker", "text", "who makes it"),
        _may("launched_on", "date", "first day on sale"),
        _may("unit_cost", "money", "cost of one unit today", 0),
        _may("list_price", "money", "list price of one unit today", 0),
    ), key=("sku",)),
    Table("bundles", "one component of a bundle or gift", (
        _SKU,
        _need("component", "text", "SKU inside the bundle"),
        _need("quantity", "integer", "units of the component", 1),
    ), key=("sku", "component")),
    Table("customers", "one customer", (
        _need("customer_id", "text", "the customer, hashed"),
        _may("acquired_through", "text", "channel of the first order"),
        _REGION,
        _may("consent", "flag", "whether the customer may be contacted"),
    ), key=("customer_id",)),
    Table("attributes", "one fact about a SKU or customer", (
        _need("subject", "text", "the SKU or the hashed customer; in a file, a column sku or customer_id"),
        _need("name", "text", "name of the fact"),
        _need("value", "text", "the fact"),
    ), key=("subject", "name", "value")),
    Table("contacts", "one message to one customer", (
        _need("customer_id", "text", "the customer, hashed"),
        _need("sent_at", "time", "when the message went out, or would have gone to a holdout"),
        _need("campaign", "text", "the campaign"),
        _may("offer", "text", "what was offered"),
        _may("opened_at", "time", "when it was opened"),
        _may("redeemed_at", "time", "when the offer was used"),
        _may("holdout", "flag", "true for customers kept out on purpose"),
    ), key=("customer_id", "sent_at", "campaign"), known="sent_at", later=("opened_at", "redeemed_at")),
    Table("touches", "one ad or visit of one visitor", (
        _VISITOR,
        _CUSTOMER,
        _need("touched_at", "time", "when"),
        _need("channel", "text", "marketing channel"),
        _may("campaign", "text", "the campaign"),
        _may("kind", "text", "view, click or visit"),
        _may("cost", "money", "what the touch cost", 0),
    ), known="touched_at"),
    Table("events", "one action of one visitor", (
        _VISITOR,
        _CUSTOMER,
        _need("at", "time", "when"),
        _need("kind", "text", "view, search, cart, favourite or login"),
        _may("sku", "text", "the SKU seen"),
        _may("query", "text", "words searched for"),
        _may("seconds", "number", "time spent", 0),
    ), known="at"),
    Table("media", "one channel, period, region", (
        _START,
        _DAYS,
        _need("channel", "text", "marketing channel"),
        _REGION,
        _need("spend", "money", "what was spent", 0),
        _may("impressions", "number", "times shown", 0),
        _may("clicks", "number", "times clicked", 0),
        _may("known_on", "date", "the day on which a coming period's spend was planned; null: known when it is over"),
    ), key=("period_start", "channel", "region"), known="period_end", planned="known_on", measured=("impressions", "clicks")),
    Table("totals", "one period, region (brands without orders)", (
        _START,
        _DAYS,
        _REGION,
        _need("net_revenue", "money", "as in orders", 0),
    ), key=("period_start", "region"), known="period_end"),
    Table("lift_tests", "one experiment", (
        _need("channel", "text", "marketing channel"),
        _REGION,
        _need("starts_on", "date", "first day of the changed spend"),
        _may("ends_on", "date", "last day of the changed spend; null: the reading ends with it"),
        _need("read_until", "date", "last day that the reading covers"),
        _need("spend_change", "money", "change of spend over the window, signed"),
        _need("lift", "money", "change of net revenue over the window, signed"),
        _need("lift_sd", "money", "standard error of lift", 0),
    ), key=("channel", "region", "starts_on"), known="read_until"),
    Table("traffic", "one SKU-day", (
        _DAY,
        _SKU,
        _may("impressions", "integer", "times listed", 0),
        _may("visits", "integer", "visits to its page", 0),
        _may("add_to_cart", "integer", "times put in a cart", 0),
        _may("favourites", "integer", "times marked a favourite", 0),
        _may("orders", "integer", "orders that held it", 0),
    ), key=("day", "sku"), known="day"),
    Table("prices", "one SKU-day-seller", (
        _DAY,
        _SKU,
        _need("seller", "text", "the brand itself, or a competitor"),
        _need("price", "money", "price of one unit to the customer", 0),
        _KNOWN,
    ), key=("day", "sku", "seller"), known="known_on"),
    Table("promotions", "one promotion", (
        _need("promotion", "text", "the promotion"),
        _need("starts_on", "date", "first day"),
        _need("ends_on", "date", "last day"),
        _need("kind", "text", "discount, coupon, gift, display, mailer…"),
        _KNOWN,
    ), key=("promotion",), known="known_on"),
    Table("promotion_skus", "one SKU in one promotion", (
        _need("promotion", "text", "the promotion"),
        _SKU,
        _REGION,
        _may("depth", "rate", "share of the list price taken off, 0 to 1", 0),
        _may("share", "rate", "share of the stores in which it runs; null for all of them", 0),
    ), key=("promotion", "sku", "region"), through="promotions"),
    Table("stock", "one SKU-warehouse-day", (
        _DAY,
        _SKU,
        _need("warehouse", "text", "the warehouse"),
        _need("on_hand", "number", "units at the end of the day"),
        _may("on_order", "number", "units ordered and not yet received", 0),
        _may("stocked_out", "flag", "true when the shelf was empty at some time that day: sales are then a lower bound of demand"),
    ), key=("day", "sku", "warehouse"), known="day"),
    Table("supply", "one SKU-warehouse", (
        _SKU,
        _need("warehouse", "text", "the warehouse"),
        _need("lead_days_mean", "number", "mean days from order to shelf", 0),
        _may("lead_days_sd", "number", "their standard deviation", 0),
        _may("moq", "integer", "smallest order in units", 1),
        _may("case_pack", "integer", "units in a case", 1),
        _may("shelf_days", "integer", "days until it spoils", 1),
    ), key=("sku", "warehouse")),
    Table("regressors", "one outside signal on one day", (
        _DAY,
        _REGION,
        _need("name", "text", "name of the signal"),
        _need("value", "number", "its value"),
        _KNOWN,
    ), key=("day", "region", "name"), known="known_on"),
    Table("targets", "one target", (
        _START,
        _need("metric", "text", "net_revenue, orders or customers"),
        _may("subject", "text", "what the target is for; null for the whole brand"),
        _need("value", "number", "the target for the calendar month of period_start"),
    ), key=("period_start", "metric", "subject")),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
