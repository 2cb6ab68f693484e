"""Unit economics: what stays of a SKU's price with the brand, and what a unit costs whatever its price."""

import numpy as np
import pandas as pd

from shopkeeper.pricing.ledger import Ledger

# Units of its category's rates that a SKU's own are mixed with, and of the brand's that the category's are. On aurora the
# first year's rates foretell the second's best with 500 for refunds, 100 for coupons and 10 for delivery.
BORROWED = 100
_RATES = {"net": "price", "fee": "net", "refunds": "settled_net", "back": "settled_units", "carried": "units"}
_WEIGHTS = {"refunds": "settled_units", "back": "settled_units"}


def unit_economics(ledger: Ledger) -> pd.DataFrame:
    """One row per SKU that sold by itself at a known price, so that contribution per unit = kept × price - cost.

    "Price" is that of price_panel: the brand's own price of the day before coupons; of SKUs that never post one, what
    customers paid for a unit. Of one unit of currency more on it:
        kept         what ends up with the brand, in currency: net_rate × (1 - refund_rate - fee_rate), where net_rate is
                     net revenue by price × units (less than 1 by coupons and tax, more where a platform adds to it),
                     refund_rate what is paid back of net revenue and fee_rate what the platform keeps of it
        cost         per unit sold, currency, whatever the price: unit_cost of what does not come back (back_rate), and
                     `carried`, logistics less what customers paid for delivery
        is_assumed   no unit cost is known: 1 - the brand's gross_margin of what a unit brought stands for it
        price, units, contribution   mean price in the ledger's days, units sold, and kept × price - cost
    Rates of refund and back are of orders of 30 days before the last day or earlier, whose returns have come. All rates
    but unit_cost are drawn to the category's, and these to the brand's, by 100 units' worth. Ads are in neither.
    """
    rows = ledger.alone.merge(ledger.rows[["sku", "category"]], on="sku", how="left")
    rows["category"] = rows.category.fillna("")
    rates = pd.DataFrame({name: _drawn(rows, name) for name in _RATES})
    is_assumed = rows.known_units == 0
    unit_cost = np.where(
        is_assumed, rows.cost / rows.units, rows.known_cost / rows.known_units.where(~is_assumed, 1)
    )  # of some lines the cost may be known and of others not
    made = pd.DataFrame({
        "sku": rows["sku"], "category": rows.category, "units": rows.units.astype(float), "price": rows.price / rows.units / 100,
        "net_rate": rates.net, "refund_rate": rates.refunds, "fee_rate": rates.fee, "back_rate": rates.back,
        "unit_cost": unit_cost / 100, "carried": rates.carried / 100, "is_assumed": is_assumed,
    })  # fmt: skip
    kept = made.net_rate * (1 - made.refund_rate - made.fee_rate)
    cost = made.unit_cost * (1 - made.back_rate) + made.carried
    return made.assign(kept=kept, cost=cost, contribution=kept * made.price - cost)


def _drawn(rows: pd.DataFrame, name: str) -> pd.Series:
    """Each SKU's rate of what is named, drawn to its category's, by units sold."""
    base = rows[_RATES[name]]
    units = rows[_WEIGHTS.get(name, "units")]
    whole = rows[name].sum() / base.sum() if base.sum() else 0.0
    sums = pd.DataFrame({"part": rows[name], "base": base, "units": units, "category": rows.category})
    groups = sums.groupby("category").sum()
    of_group = _mixed(groups, whole)
    return _mixed(sums, sums.category.map(of_group))


def _mixed(sums: pd.DataFrame, towards: pd.Series | float) -> pd.Series:
    own = (sums.part / sums.base.where(sums.base != 0)).fillna(0.0)
    weight = (sums.units / (sums.units + BORROWED)).where(sums.base != 0, 0.0)
    return weight * own + (1 - weight) * towards
