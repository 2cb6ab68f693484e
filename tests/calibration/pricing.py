"""Measured of prices: elasticities and price lists beside what is true, and what promotions brought. Writes PRICING.md."""

from concurrent.futures import ProcessPoolExecutor

import emptied
import priced
import promoted
from parts import measure


def elasticities_and_price_lists() -> str:
    """Twenty brands learnt from, and their price lists lived through."""
    with ProcessPoolExecutor(2) as workers:
        return f"{priced.__doc__}\n{priced.table_of(list(workers.map(priced.lived, priced.SEEDS)))}"


def promotions_of_the_past() -> str:
    """What each promotion brought, net, and whether pull-forward is found where it is planted and only there."""
    return f"{promoted.measured()}\n{emptied.measured()}"


PARTS = (elasticities_and_price_lists, promotions_of_the_past)


def main(chosen: list[str]) -> None:
    """Measure the parts named, or every one."""
    measure(PARTS, "PRICING.md", "# Calibration of prices\n\nWritten by `make calibrate`.\n", chosen)
