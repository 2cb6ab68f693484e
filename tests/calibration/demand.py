"""Measured of demand: forecasts of real shops, and order lists lived through. Writes DEMAND.md."""

from concurrent.futures import ProcessPoolExecutor

import forecasts
import gained
import stocked
from parts import measure


def forecasts_out_of_time() -> str:
    """Four origins of each brand, 28 days each, beside seasonal naive, exponential smoothing and TSB."""
    return f"{forecasts.__doc__}\n{''.join(forecasts.all_of().values())}"


def order_lists() -> str:
    """Twenty brands whose second year is lived through by who orders for them."""
    with ProcessPoolExecutor(2) as workers:
        costs, weeks = zip(*workers.map(stocked.replay, stocked.SEEDS), strict=True)
    return f"{stocked.__doc__}\n{stocked.table_of(costs)}\n{gained.told(weeks)}"


PARTS = (forecasts_out_of_time, order_lists)


def main(chosen: list[str]) -> None:
    """Measure the parts named, or every one."""
    measure(PARTS, "DEMAND.md", "# Calibration of demand\n\nWritten by `make calibrate`.\n", chosen)
