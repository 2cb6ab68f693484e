"""The margin ledger of every order line: what became of its list price, step by step, in whole cents."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopkeeper.demand.daily import own_prices
from shopkeeper.pricing.cents import cents, parts
from shopkeeper.pricing.standing import standing_prices
from shopkeeper.shop import Shop

STEPS = (
    "list_revenue", "promotion_discount", "coupon_discount", "other_discount", "above_list", "refunds",
    "goods", "assumed_goods", "platform_fee", "logistics", "delivery_paid",
)  # fmt: skip
TO_NET = 5  # of these steps lead from list revenue to net revenue
_WHOLE = 0.99  # of what was paid for a line, from which all of it was paid back: orders' refunds are shared in cents
_KEY = ["order_id", "line"]


def ledger_lines(shop: Shop, since: dt.date) -> ir.Table:
    """One row per line of the orders placed since that day, and as known at the end of shop.as_of.

    What an order brought beyond its lines, all of it where it has none, is a row of its own: line 0, sku null.
    order_id, line, sku, day, quantity; is_alone (not within a set); posted: quantity × the brand's own price of that
    day, before coupons; paid: by the customer; cost: of the goods, is_assumed or known; back: share of them that came back or
    never left, 0 to 1.
    STEPS, signed, whose sum is the contribution; the first five sum to net revenue:
        list_revenue        list price × quantity; where no list price is known, net revenue and the discounts told
        promotion_discount, coupon_discount   as the line tells; where it does not and the brand's own price of the
                            day is known, from list price to that, and from that to what was charged
        other_discount      below the list price for a reason that nothing tells: a discount, or tax that list prices hold
        above_list          sold above the list price less the discounts told
        refunds             all paid back so far, late ones too
        goods, assumed_goods   unit cost × quantity; where no unit cost above 0 is known, 1 - the brand's gross_margin
                            of net revenue. Goods that came back cost nothing: they are sold again
        platform_fee, logistics, delivery_paid   of the order: by units for logistics, else by net revenue;
                            delivery_paid is what the customer paid for it
    The platform's discount is no step: the merchant receives it.
    Goods came back where a return tells units, or pays back all that was paid for the line without telling any; money
    alone, paid back in part, brings none back.
    """
    orders = _orders(shop, since)
    lines = shop.keep(_with_rest(orders, _lines(shop, orders, since)))  # asked for again and again below
    back = _returns(shop, lines)
    lines = lines.left_join(back, _KEY).drop("order_id_right", "line_right")
    lines = _with_shares(lines, orders)
    return _signed(_with_discounts(lines), shop.brand.gross_margin)


def _orders(shop: Shop, since: dt.date) -> ir.Table:
    orders = shop.orders.mutate(day=shop.orders.ordered_at.date())
    orders = orders.filter(orders.day >= ibis.literal(since))
    return orders.select(
        "order_id", "day", net=cents(orders.net_revenue), fee=cents(orders.platform_fee),
        logistics=cents(orders.logistics_cost), delivery=cents(orders.shipping_fee),
    )  # fmt: skip


def _lines(shop: Shop, orders: ir.Table, since: dt.date) -> ir.Table:
    lines = shop.order_lines.join(orders.select("order_id", "day"), "order_id")
    products = shop.products.select("sku", of_product="unit_cost", list_today="list_price")
    lines = lines.left_join(products, "sku").drop("sku_right")
    lines = lines.left_join(_posted(shop, since), ["sku", "day"]).drop("sku_right", "day_right")
    is_alone = lines.bundle.isnull()
    set_price = is_alone.ifelse(lines.price, ibis.null("float64"))
    list_price = lines.list_price.nullif(0.0)
    # Lines may tell the price of the day as their list price: the real one is then known from the days on which it stood.
    stood = is_alone & (lines.highest >= lines.list_today)
    list_price = ibis.coalesce(stood.ifelse(ibis.greatest(list_price, lines.list_today), list_price), lines.list_today)
    return lines.select(
        "order_id", "line", "sku", "day", "quantity", is_alone=is_alone, posted=cents(set_price * lines.quantity),
        paid=cents(lines.customer_paid), charged=cents(lines.customer_paid + lines.platform_discount.fill_null(0.0)), listed=cents(list_price.nullif(0.0) * lines.quantity), net=cents(lines.net_revenue),
        promotion=cents(lines.promotion_discount), coupon=cents(lines.coupon_discount),
        cost=cents(ibis.coalesce(lines.unit_cost.nullif(0.0), lines.of_product.nullif(0.0)) * lines.quantity),
    )  # fmt: skip


def _posted(shop: Shop, since: dt.date) -> ir.Table:
    """The brand's own price of each SKU by day since then: sku, day, price, highest."""
    told = own_prices(shop.prices, [shop.brand.name, shop.brand.title]).mutate(seller=ibis.literal(""))
    return standing_prices(told, since, shop.as_of).select("sku", "day", "price", "highest")


def _with_rest(orders: ir.Table, lines: ir.Table) -> ir.Table:
    """The lines, and what orders brought beyond them: where they have none, or differ by half a cent a line."""
    sums = lines.group_by("order_id").agg(of_lines=lines.net.sum())
    rest = orders.left_join(sums, "order_id").drop("order_id_right")
    rest = rest.filter(rest.of_lines.isnull() | (rest.net != rest.of_lines))
    amounts = {"net": rest.net - rest.of_lines.fill_null(0)}
    made = {
        name: amounts.get(name, ibis.null(kind))
        for name, kind in lines.schema().items()
        if name not in ("order_id", "line", "day", "is_alone")
    }
    made |= {"line": ibis.literal(0, "int64"), "is_alone": ibis.literal(False)}
    return lines.union(rest.select("order_id", "day", **made).select(lines.columns))


def _returns(shop: Shop, lines: ir.Table) -> ir.Table:
    """By order and line: refund, untold (of it, where no units are told) and units that came back.

    Refunds of a whole order, and of a line that it does not have, are shared over its lines.
    """
    known = shop.returns.mutate(refund=cents(shop.returns.refund))
    named = known.join(lines.select(_KEY), _KEY)
    other = known.anti_join(lines, _KEY).group_by("order_id").agg(amount=known.refund.sum())
    shared = parts(lines.join(other, "order_id").select(*_KEY, "amount", weight=ibis.greatest(lines.net, 0)))
    rows = ibis.union(
        named.select(*_KEY, "refund", untold=named.quantity.isnull().ifelse(named.refund, 0), units="quantity"),
        shared.select(*_KEY, refund="part", untold="part", units=ibis.null("int64")),
    )
    return rows.group_by(_KEY).agg(
        refund=rows.refund.sum(), untold=rows.untold.sum(), units_back=rows.units.sum().fill_null(0)
    )


def _with_shares(lines: ir.Table, orders: ir.Table) -> ir.Table:
    """The lines with fee, logistics and delivery: their parts of the order's."""
    by_money = ibis.greatest(lines.net, 0)
    # What is no line takes a part only where the order has none.
    weights = {"fee": by_money, "logistics": lines.quantity.fill_null(0), "delivery": by_money}
    kept = lines
    for name, weight in weights.items():
        rows = lines.mutate(weight=weight).filter((lines.line > 0) | ~_has_lines(lines))
        amounts = orders.select("order_id", amount=name)
        shared = parts(rows.join(amounts, "order_id").select(*_KEY, "amount", "weight"))
        kept = kept.left_join(shared.rename({name: "part"}), _KEY).drop("order_id_right", "line_right")
    return kept


def _has_lines(lines: ir.Table) -> ir.BooleanValue:
    return lines.line.max().over(group_by="order_id") > 0


def _with_discounts(lines: ir.Table) -> ir.Table:
    told = lines.promotion.fill_null(0) + lines.coupon.fill_null(0)
    lines = lines.mutate(listed=lines.listed.fill_null(lines.net + told))
    reduced = ibis.greatest(lines.listed - lines.posted, 0)
    lines = lines.mutate(promotion=ibis.coalesce(lines.promotion, reduced, 0))
    charged = ibis.greatest(lines.net, lines.charged.fill_null(0))  # with tax, where customers pay it
    rest = ibis.greatest(lines.listed - lines.promotion - charged, 0)
    by_coupon = lines.posted.notnull().ifelse(rest, 0)
    lines = lines.mutate(coupon=ibis.coalesce(lines.coupon, by_coupon))
    return lines.mutate(gap=lines.net - lines.listed + lines.promotion + lines.coupon)


def _signed(lines: ir.Table, gross_margin: float) -> ir.Table:
    is_back = (lines.untold > 0) & (lines.untold >= _WHOLE * (lines.paid > 0).ifelse(lines.paid, lines.net))
    back = (lines.units_back / lines.quantity).fill_null(0.0) + is_back.cast("float64")
    lines = lines.mutate(back=ibis.least(back.fill_null(0.0), 1.0))
    assumed = (ibis.greatest(lines.net, 0) * (1 - gross_margin)).round().cast("int64")
    lines = lines.mutate(is_assumed=lines.cost.isnull(), cost=ibis.coalesce(lines.cost, assumed))
    stays = lines.cost - (lines.cost * lines.back).round().cast("int64")
    return lines.select(
        "order_id", "line", "sku", "day", "quantity", "is_alone", "posted", "paid", "cost", "is_assumed", "back", list_revenue=lines.listed,
        promotion_discount=-lines.promotion, coupon_discount=-lines.coupon, other_discount=ibis.least(lines.gap, 0),
        above_list=ibis.greatest(lines.gap, 0), refunds=-lines.refund.fill_null(0),
        goods=lines.is_assumed.ifelse(0, -stays), assumed_goods=lines.is_assumed.ifelse(-stays, 0),
        platform_fee=-lines.fee.fill_null(0), logistics=-lines.logistics.fill_null(0), delivery_paid=lines.delivery.fill_null(0),
    )  # fmt: skip
