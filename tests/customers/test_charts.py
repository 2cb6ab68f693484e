"""Charts leave room for their words."""

import pandas as pd
import pytest
from shopkeeper.customers.charts import plot_drivers
from shopkeeper.report.words import Words


@pytest.mark.parametrize(
    ("amounts", "left", "right"),
    [([298_000, -3_924], 0.34, 0.3), ([-298_000, -3_924], 0.34, 0), ([298_000, 3_924], 0, 0.3)],
)
def test_a_third_of_the_axis_is_left_for_the_amount_beside_a_bar_however_short_the_bar(amounts, left, right):
    rows = [("new", "number", amounts[0]), ("guest", "spend", amounts[1])]
    drawn = plot_drivers(pd.DataFrame(rows, columns=["group", "effect", "amount"]), Words("en", "CNY"))
    low, high = drawn.axes[0].get_xlim()
    assert (min(*amounts, 0) - low) / (high - low) == pytest.approx(left)
    assert (high - max(*amounts, 0)) / (high - low) == pytest.approx(right)
