"""Routing: of each class the forecast that was nearest on earlier days, and how far forecasts of the brand are heard beside their sum."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopkeeper.demand.classes import CLASSES
from shopkeeper.demand.origins import TREES, Origin
from shopkeeper.demand.scores import rmsse, weighted

Floats = NDArray[np.float64]

_SHARPNESS = 2  # power of the mean squared error by which a forecast of the brand is weighed


def class_scores(origins: Sequence[Origin]) -> pd.DataFrame:
    """RMSSE of every forecast by class, weighed by net revenue, mean of the origins: rows of class, method, rmsse, n SKUs, share.

    n and share of net revenue are those of the latest origin. A class without SKUs has no rows.
    """
    made = []
    for origin in origins:
        scale = {name: rmsse(origin.panel.demand, origin.wanted, table) for name, table in origin.forecasts.items()}
        for kind in CLASSES:
            here = (origin.kind == kind) & ~origin.panel.skus.is_rest.to_numpy()
            weight = np.where(here, origin.weight, 0.0)
            for name, scores in scale.items():
                if here.any() and (name == TREES or origin.forecasts[name][here].any()):
                    made.append((kind, name, weighted(scores, weight), here.sum(), weight.sum() / origin.weight.sum()))
    table = pd.DataFrame(made, columns=["kind", "method", "rmsse", "n", "share"])
    latest = table.groupby(["kind", "method"])[["n", "share"]].last()
    return table.groupby(["kind", "method"]).rmsse.mean().to_frame().join(latest).reset_index()


def winners(origins: Sequence[Origin]) -> dict[str, str]:
    """The method of the least RMSSE of each class; trees where a class was not seen, or brought nothing."""
    scores = class_scores(origins).dropna(subset="rmsse")
    best = scores.loc[scores.groupby("kind").rmsse.idxmin()].set_index("kind").method.to_dict() if len(scores) else {}
    return {kind: str(best.get(kind, TREES)) for kind in CLASSES}


def routed(forecasts: dict[str, Floats], kind: NDArray[np.str_], chosen: dict[str, str]) -> Floats:
    """Of each SKU the forecast of the method chosen for its class."""
    made = forecasts[TREES].copy()
    for name in set(chosen.values()) - {TREES}:
        here = np.isin(kind, [one for one, method in chosen.items() if method == name])
        made[here] = forecasts[name][here]
    return made


def voices(wanted: Sequence[Floats], told: Sequence[dict[str, Floats]]) -> dict[str, float]:
    """How far each forecast of the brand is heard, by method, in sum 1: the nearest ones of earlier origins all but rule.

    wanted: by origin, units by day; told: by origin and method. Weights are inverse squares of the mean squared errors. A
    method that an origin lacks is judged by the others; without origins all are heard alike.
    """
    names = sorted({name for one in told for name in one})
    errors = {
        name: [np.mean((w - one[name]) ** 2) for w, one in zip(wanted, told, strict=True) if name in one]
        for name in names
    }
    inverse = {name: (1 / max(float(np.mean(error)), 1e-9)) ** _SHARPNESS for name, error in errors.items()}
    return {name: value / sum(inverse.values()) for name, value in inverse.items()}
