"""Measurements of prices: elasticities of many SKUs beside their peers, and price lists."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import priced
from measure import BIN, Row, measured, notebook_rows, workbench

_NOTEBOOK = "05_pricing"


def elasticities_beside_peers() -> list[Row]:
    """2,000 SKUs × 104 weeks, each side in a process of its own, one thread."""
    ours, same, mixed, peer = (_side(side) for side in ("ours", "by_nutpie", "mixedlm", "pymc"))
    pace = ours["ess"] / ours["seconds"], peer["ess"] / peer["seconds"]
    drawing = ours["ess"] / ours["drawing"], same["ess"] / same["seconds"]
    return [
        (
            "2,000 SKUs × 104 weeks, hierarchical elasticities, beside one PyMC model a category (from two of 50), one thread each",
            f"{ours['seconds']:.0f} s against {peer['seconds']:,.0f} s",
            f"{peer['seconds'] / ours['seconds']:.1f} times as fast",
        ),
        ("the same: effective draws a second, of the SKU with the fewest", f"{pace[0]:.2f} against {pace[1]:.2f}", "more than the peer's"),
        (
            "the same density drawn by nutpie (diagonal, two chains of 1,000 after 200): effective draws a second, of the unknown with the fewest",
            f"{drawing[0]:.1f} against {drawing[1]:.1f}", f"{drawing[0] / drawing[1]:.1f} times as fast",
        ),
        ("the same: RMSE of SKUs against truth", f"{ours['rmse']:.3f} against {peer['rmse']:.3f}", "no more than the peer's"),
        ("the same: SKUs within their 90% intervals; R-hat", f"{ours['held']:.1%}; {ours['r_hat']:.3f}", "90%; 1.01"),
        (
            "the same beside statsmodels MixedLM on logs: time; RMSE",
            f"{ours['seconds']:.0f} s against {mixed['seconds']:.0f} s; {ours['rmse']:.3f} against {mixed['rmse']:.3f}",
            "a smaller error",
        ),
    ]  # fmt: skip


def fixed_effects_beside_dummies() -> list[Row]:
    """200 SKUs × 104 weeks; elasticity planted at -2 in the mean."""
    runs = [(_side("fixed"), _side("dummies")) for _ in range(3)]
    ours, peer = (statistics.median(run[side]["seconds"] for run in runs) for side in (0, 1))
    slopes = [run["slope"] for run in runs[0]]
    return [
        (
            f"{priced.SMALL} SKUs × 104 weeks, Poisson with fixed effects, beside OLS on logs with a dummy for each (median of 3)",
            f"{ours:.2f} s against {peer:.1f} s; {slopes[0]:.2f} against {slopes[1]:.2f}, -2 planted",
            f"{peer / ours:.0f} times as fast",
        )
    ]


def price_list_of_many() -> list[Row]:
    """10,000 SKUs."""
    seconds = statistics.median(_side("list_of_many")["seconds"] for _ in range(3))
    return [("price list of 10,000 SKUs under every rule, 500 draws (median of 3)", f"{seconds:.1f} s", "under 10 s")]


def pricing_notebook() -> list[Row]:
    """05_pricing on complete_journey after its import, the forecast of 04 made before."""
    with tempfile.TemporaryDirectory() as folder:
        environment = workbench(["complete_journey"], Path(folder))
        measured([str(BIN / "shopkeeper"), "import", "complete_journey"], environment)
        measured([str(BIN / "shopkeeper"), "run", "complete_journey", "-n", "04", "--workers", "1"], environment)
        return notebook_rows(_NOTEBOOK, "complete_journey", environment, 120, "learnt_as_of")


def _side(side: str) -> dict[str, float]:
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    told = subprocess.run(
        [sys.executable, priced.__file__, side], check=True, capture_output=True, text=True, env=environment
    )
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


PARTS = (elasticities_beside_peers, fixed_effects_beside_dummies, price_list_of_many, pricing_notebook)
