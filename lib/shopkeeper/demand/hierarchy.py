"""The hierarchy: brand, categories, SKUs. Forecasts of all its levels are brought to agree."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.demand.panel import Panel

Floats = NDArray[np.float64]

LEVELS = ("brand", "category", "sku")


@dataclass(frozen=True)
class Hierarchy:
    """sums: nodes × SKUs, ones where a node holds a SKU; nodes are the brand, the categories, the SKUs. level: of each node."""

    sums: sparse.csr_matrix
    level: NDArray[np.str_]

    def of(self, by_sku: Floats) -> Floats:
        """The sums of a SKUs × days table by node."""
        return np.asarray(self.sums @ np.nan_to_num(by_sku))

    def at(self, level: str) -> NDArray[np.bool_]:
        """The nodes of a level."""
        return np.asarray(self.level == level)


def hierarchy(panel: Panel) -> Hierarchy:
    """The hierarchy of a panel; a brand of one category has no level of them."""
    number, names = panel.category
    count = len(number)
    top = sparse.csr_matrix(np.ones((1, count)))
    middle = sparse.csr_matrix((np.ones(count), (number, np.arange(count))), shape=(len(names), count))
    middle = middle if len(names) > 1 else middle[:0]
    level = ["brand"] + ["category"] * middle.shape[0] + ["sku"] * count
    return Hierarchy(sparse.vstack([top, middle, sparse.eye(count)]).tocsr(), np.array(level))


def reconcile(sums: sparse.csr_matrix, base: Floats, variance: Floats) -> Floats:
    """The forecasts nearest to the base ones, each weighed by how little it has erred, that add up and are never below 0.

    base: nodes × days, the bottom nodes last, units; variance: of each node's errors, units². Returns nodes × days.

    Source: Wickramasuriya, Athanasopoulos & Hyndman (2019), JASA 114(526), 804-819, with a diagonal error covariance; not
    negative by Wickramasuriya, Turlach & Hyndman (2020), Statistics and Computing 30, 1167-1182.
    """
    from hierarchicalforecast.methods import MinTraceSparse

    # Two errors of a node, one each way, have its variance.
    errors = np.sqrt(np.maximum(variance, 1e-9))[:, None] * np.array([[1.0, -1.0]])
    model = MinTraceSparse("wls_var", nonnegative=True)
    fitted = model.fit_predict(S=sums, y_hat=base, y_insample=errors, y_hat_insample=np.zeros_like(errors))
    bottom = np.maximum(fitted["mean"][-sums.shape[1] :], 0.0)
    return np.asarray(sums @ bottom)
