"""One made shop with shelves and plans, and one without either, studied once for the tests of a module."""

import numpy as np
import pytest
from by_hand import csv_text, lay_out
from goods_by_hand import day, sales_of, shop_of
from shopkeeper.demand.study import study

DAYS, SKUS = 235, 12


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Twelve SKUs in two warehouses, north and south; s0 lies there for years, s1 has nothing left in the south, s2 is promoted every month."""
    with pytest.MonkeyPatch.context() as patch:
        lay_out(tmp_path_factory.mktemp("study"), patch)
        units = sales_of(SKUS, DAYS, seed=5, mean=4.0)
        sent = {"n": (units + 1) // 2, "s": units // 2}
        stock = []
        for place, parts in sent.items():
            left = 6_000 - parts.cumsum(axis=1)
            left[1:] = 60 + (left[1:] - left[1:, -1:])
            left[1] = left[1] - 60 if place == "s" else left[1] + 400
            stock += [(day(d), f"s{s}", place, max(int(left[s, d]), 0), 0) for s in range(SKUS) for d in range(DAYS)]
        months = range(10, DAYS + 30, 30)
        files = {
            "stock.csv": csv_text(["day", "sku", "warehouse", "on_hand", "on_order"], *stock),
            "supply.csv": csv_text(
                ["sku", "warehouse", "lead_days_mean", "lead_days_sd", "moq", "case_pack"],
                *[(f"s{s}", place, 10, 2, 6, 6) for s in range(SKUS) for place in "ns"],
            ),
            "promotions.csv": csv_text(
                ["promotion", "starts_on", "ends_on", "kind", "known_on"],
                *[(f"p{first}", day(first), day(first + 2), "discount", day(0)) for first in months],
            ),
            "promotion_skus.csv": csv_text(["promotion", "sku", "depth"], *[(f"p{first}", "s2", 0.2) for first in months]),
        }  # fmt: skip
        yield study(shop_of("shelves", units, files, regions=("north", "south")), 1, 0.95)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Twelve SKUs of which sales alone are known."""
    with pytest.MonkeyPatch.context() as patch:
        lay_out(tmp_path_factory.mktemp("bare"), patch)
        yield study(shop_of("bare", np.asarray(sales_of(SKUS, DAYS, seed=6, mean=4.0))), 1, 0.0)
