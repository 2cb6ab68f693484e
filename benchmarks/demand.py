"""Measurements of demand: forecasts of many SKUs beside their peers."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import goods
from measure import BIN, PROJECT, Row, measured, notebook_rows, workbench

_ROUNDS = 3
_NOTEBOOK = "04_demand"


def forecasts_beside_ets_and_prophet() -> list[Row]:
    """3,000 SKUs × 2 years, 28 days ahead with quantiles, each side in a process of its own, in turn."""
    runs = [{side: _side(side, 3_000) for side in ("ours", "mlforecast")} for _ in range(_ROUNDS)]
    ours, trees = (
        {key: statistics.median(run[side][key] for run in runs) for key in runs[0][side]}
        for side in ("ours", "mlforecast")
    )
    ets = _side("ets", 3_000)  # takes minutes: once, in the same run
    peer = _side("prophet", 3_000)
    ratio = ets["seconds"] / ours["seconds"]
    return [
        (
            "3,000 SKUs × 730 days, 28 ahead with quantiles, beside statsforecast AutoETS, one thread each (median of 3, the peer once)",
            f"{ours['seconds']:.1f} s against {ets['seconds']:.1f} s",
            f"{ratio:.1f} times as fast",
        ),
        ("the same: RMSSE, mean of SKUs", f"{ours['rmsse']:.4f} against {ets['rmsse']:.4f}", "less than the peer's"),
        (
            "the same beside LightGBM by mlforecast, without quantiles: time; RMSSE",
            f"{ours['seconds']:.1f} s against {trees['seconds']:.1f} s; {ours['rmsse']:.4f} against {trees['rmsse']:.4f}",
            "less than the peer's",
        ),
        (
            f"the same beside Prophet with the promotion as a regressor, from {goods.SAMPLE} SKUs",
            f"{ours['seconds']:.1f} s against {peer['seconds']:,.0f} s",
            f"{peer['seconds'] / ours['seconds']:,.0f} times as fast; target 100",
        ),
        (
            f"the same: RMSSE of these {goods.SAMPLE} SKUs",
            f"{ours['sample']:.4f} against {peer['sample']:.4f}",
            "less than the peer's",
        ),
        ("the same: peak memory", f"{ours['peak']:,.0f} MB against {ets['peak']:,.0f} MB", "–"),
    ]


def forecasts_of_many_skus() -> list[Row]:
    """How time and memory grow with the number of SKUs."""
    made = {skus: _side("ours", skus) for skus in (3_000, 10_000, 30_000)}
    each = {skus: 1_000 * one["seconds"] / skus for skus, one in made.items()}
    return [
        (
            f"{skus:,} SKUs × 730 days, 28 ahead with quantiles",
            f"{one['seconds']:.0f} s, {one['peak']:,.0f} MB",
            f"{each[skus]:.1f} ms a SKU",
        )
        for skus, one in made.items()
    ]


def demand_notebook() -> list[Row]:
    """04_demand on complete_journey after its import."""
    if not (PROJECT / "notebooks" / f"{_NOTEBOOK}.ipynb").exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        environment = workbench(["complete_journey"], Path(folder))
        measured([str(BIN / "shopkeeper"), "import", "complete_journey"], environment)
        return notebook_rows(_NOTEBOOK, "complete_journey", environment, 120)


def _side(side: str, skus: int) -> dict[str, float]:
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    command = [sys.executable, goods.__file__, side, str(skus)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


PARTS = (forecasts_beside_ets_and_prophet, forecasts_of_many_skus, demand_notebook)
