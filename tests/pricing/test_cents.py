"""Amounts shared over lines add up to the cent, whatever the weights."""

import ibis
import pandas as pd
from by_hand import rows
from hypothesis import given, settings
from hypothesis import strategies as st
from shopkeeper.pricing.cents import parts

ORDERS = st.lists(
    st.tuples(st.integers(1, 10**8), st.lists(st.integers(0, 10**7), min_size=1, max_size=9)), min_size=1, max_size=6
)


def shared(*orders):
    frame = pd.DataFrame(
        [
            (f"o{number}", line, amount, weight)
            for number, (amount, weights) in enumerate(orders)
            for line, weight in enumerate(weights, 1)
        ],
        columns=["order_id", "line", "amount", "weight"],
    )
    return rows(parts(ibis.memtable(frame)))


@settings(max_examples=40, deadline=None)
@given(ORDERS)
def test_parts_sum_to_the_order_and_are_within_a_cent_of_their_share(orders):
    made = shared(*orders)
    for number, (amount, weights) in enumerate(orders):
        own = [row["part"] for row in made if row["order_id"] == f"o{number}"]
        whole = sum(weights)
        exact = [amount * weight / whole if whole else amount / len(weights) for weight in weights]
        assert sum(own) == amount
        assert all(abs(part - share) < 1 for part, share in zip(own, exact, strict=True))


def test_the_largest_remainder_has_the_odd_cent_and_of_equals_the_first():
    assert [row["part"] for row in shared((561, [8500, 2700]))] == [426, 135]
    assert [row["part"] for row in shared((100, [1, 1, 1]))] == [34, 33, 33]
