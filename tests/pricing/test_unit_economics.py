"""What stays of a price and what a unit costs: by hand, and as the ledger has it."""

import numpy as np
import pytest
from ledger_by_hand import order, shop_of
from shopkeeper.pricing.ledger import brand_totals, margin_ledger
from shopkeeper.pricing.unit_economics import unit_economics

PRICES = (["day", "sku", "seller", "price", "known_on"], ("2024-01-01", "a", "shop", 50, "2024-01-01"))


def sold(sku, number, units=1, paid=45.0, back=False):
    """One order, posted at 50, of which 5 went off by coupon; the platform keeps 2, its delivery costs 3."""
    name = f"{sku}{number}"
    line = (name, 1, sku, units, 50, paid * units, paid * units, "", 5 * units)
    refund = [(name, 1, "2024-03-20 12:00:00", units, paid * units)] if back else []
    return order(name, "2024-03-02", paid * units, 2 * units, 3 * units), line, refund


def made(*sales, **more):
    orders, lines, returns = zip(*sales, strict=True)
    return margin_ledger(shop_of(orders, lines, [row for rows in returns for row in rows], **more))


def test_kept_and_cost_by_hand(bench):
    """Of 50 posted 45 come in, a fifth of it goes back, and 2 are the platform's; of the goods a fifth is sold again."""
    ledger = made(*[sold("a", n, back=n < 2) for n in range(10)], prices=PRICES)
    [row] = unit_economics(ledger).to_dict("records")
    assert row["price"] == 50
    assert row["kept"] == pytest.approx(0.9 * (1 - 0.2 - 2 / 45))
    assert row["cost"] == pytest.approx(20 * 0.8 + 3)
    assert not row["is_assumed"]
    assert row["contribution"] * 10 == pytest.approx(brand_totals(ledger).contribution)


def test_without_an_own_price_it_is_what_was_paid(bench):
    [row] = unit_economics(made(*[sold("b", n) for n in range(10)])).to_dict("records")
    assert (row["price"], row["net_rate"]) == (45, 1)
    assert row["is_assumed"]
    assert row["unit_cost"] == 22.5


def test_a_sparse_sku_has_its_categorys_rates_and_its_own_cost(bench):
    often = [sold("a", n, units=20, back=n < 5) for n in range(50)]
    products = [("a", "thing a", "k", 20, 50), ("c", "thing c", "k", 30, 50)]
    found = unit_economics(made(*often, sold("c", 0, back=True), products=products, prices=PRICES)).set_index("sku")
    assert found.refund_rate["a"] == pytest.approx(0.1, abs=0.001)
    assert found.refund_rate["c"] == pytest.approx(0.11, abs=0.005)
    assert found.cost["c"] == pytest.approx(30 * (1 - found.back_rate["c"]) + 3)


def test_orders_whose_returns_may_still_come_tell_none(bench):
    early, late = sold("a", 0, units=10, back=True), sold("a", 1, units=10)
    late = (order("a1", "2024-04-20", 450), late[1], [])
    assert unit_economics(made(early, late, prices=PRICES)).refund_rate.item() == pytest.approx(1.0)


def test_what_went_into_sets_tells_nothing_of_a_skus_own_price(bench):
    ledger = made(sold("a", 0), sold("set", 1), bundles=(["sku", "component", "quantity"], ("set", "a", 2)))
    assert unit_economics(ledger).units.tolist() == [1]
    assert np.isfinite(unit_economics(ledger).kept).all()
