import datetime as dt
import warnings

import numpy as np
import pytest
from by_hand import make_orders, rows
from shopkeeper.customers.history import customer_history
from shopkeeper.shop import Shop


def test_same_day_orders_are_one_purchase():
    orders = make_orders(
        ("ana", "2024-01-01", 50.0),
        ("ana", "2024-01-11", 20.0),
        ("ana", "2024-01-11", 10.0),
    )
    [ana] = rows(customer_history(orders, as_of=dt.date(2024, 1, 31)))
    assert ana == {"customer_id": "ana", "frequency": 1, "recency": 10, "T": 30, "monetary": 30.0, "net_revenue": 80.0}


def test_a_single_purchase_has_no_monetary_and_guests_no_history():
    orders = make_orders(("ana", "2024-01-01", 50.0), (None, "2024-01-02", 9.0))
    [ana] = rows(customer_history(orders, as_of=dt.date(2024, 1, 31)))
    assert (ana["frequency"], ana["recency"], ana["T"], ana["monetary"]) == (0, 0, 30, None)


@pytest.mark.parametrize("name", ["cdnow", "complete_journey"])
def test_it_equals_lifetimes_row_for_row(shipped, name):
    """The field's reference, on real data; its monetary 0 for one-time buyers is our null."""
    shipped(name)
    shop = Shop(name)
    ours = shop.load(customer_history(shop.orders, shop.as_of)).set_index("customer_id")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import summary_data_from_transaction_data

        theirs = summary_data_from_transaction_data(
            shop.load(shop.orders), "customer_id", "ordered_at", "net_revenue", observation_period_end=str(shop.as_of)
        )
    theirs = theirs.loc[ours.index]
    for column in ("frequency", "recency", "T"):
        assert (ours[column] == theirs[column]).all()
    assert np.allclose(ours.monetary.fillna(0), theirs.monetary_value)
