"""What else is seen of a SKU's periods."""

import numpy as np
import pytest
from prices_by_hand import panel_of
from shopkeeper.pricing.seen import AGE, COMPETITORS, EMPTY_SHELF, SOLD_BEFORE, with_seen


def test_each_column_says_what_it_says():
    shelf = np.array([[1.0, 1.0, 0.5, 1.0], [0.0, 1.0, 1.0, 1.0]])
    others = np.array([[10.0, 10.0, 20.0, 20.0], [np.nan, np.nan, np.nan, np.nan]])
    panel = panel_of([[10, 10, 5, 10], [0, 20, 10, 0]], np.full((2, 4), 9.0), {"sale": np.zeros((2, 4))}, shelf=shelf)
    seen = with_seen(panel, others).promoted
    assert list(seen) == ["sale", EMPTY_SHELF, SOLD_BEFORE, AGE, COMPETITORS]
    assert seen[EMPTY_SHELF].tolist() == [[0, 0, 0.5, 0], [0, 0, 0, 0]]
    assert seen[SOLD_BEFORE][0] == pytest.approx([0, 0, 0, 0])
    assert seen[SOLD_BEFORE][1] == pytest.approx([0, 0, np.log(20.5 / 10.5), 0])
    assert seen[AGE][1] == pytest.approx([0, np.log(2), np.log(3), np.log(4)])
    assert seen[AGE][0].tolist() == [0, 0, 0, 0]
    assert seen[COMPETITORS][0] == pytest.approx(np.log(2) / 2 * np.array([-1, -1, 1, 1]))


def test_what_never_varies_is_no_column():
    assert with_seen(panel_of(np.full((2, 3), 7), np.full((2, 3), 9.0))).promoted == {}
