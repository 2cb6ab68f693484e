"""What the instrument leaves of prices, as one more column, takes out of the published model what prices owe to demand, SKU by SKU."""

import numpy as np
import pytest
from confounded_by_hand import Planted, confounded
from shopkeeper.pricing.elasticity import fit_elasticities
from shopkeeper.pricing.instrument import UNTOLD, instrumented, with_untold


def test_elasticities_of_skus_are_found_though_prices_follow_demand():
    made = confounded(2, skus=16, periods=56, planted=Planted(mean=15.0, spread=0.5))
    wide = with_untold(made.panel, instrumented(made.panel, made.cost))
    without, found = (fit_elasticities(panel, seed=1) for panel in (made.panel, wide))
    assert without.brand.mean() > -1.2
    assert found.brand.mean() == pytest.approx(made.true.mean(), abs=0.3)
    error, hidden = (np.sqrt(np.mean((each.by_sku.elasticity - made.true) ** 2)) for each in (found, without))
    assert error < 0.4 * hidden
    rows = found.by_sku
    assert ((rows.low <= made.true) & (made.true <= rows.high)).mean() >= 0.75
    assert found.lift[UNTOLD].mean() > 0
