"""Measured of prices: elasticities and price lists beside what is true, what promotions brought, and what marking down did. Writes PRICING.md."""

from concurrent.futures import ProcessPoolExecutor

import cleared
import emptied
import other_prices
import priced
import promoted
from parts import measure


def elasticities_and_price_lists() -> str:
    """Sixty brands learnt from, and their price lists lived through."""
    with ProcessPoolExecutor(2) as workers:
        return f"{priced.__doc__}\n{priced.table_of(list(workers.map(priced.lived, priced.SEEDS)))}"


def elasticities_of_another_form() -> str:
    """Sixty shops whose demand is not of the model's form."""
    with ProcessPoolExecutor(2) as workers:
        return f"{other_prices.__doc__}\n{other_prices.table_of(list(workers.map(other_prices.learnt, other_prices.SEEDS)))}"


def markdown_paths() -> str:
    """Thirty brands learnt from, and paths for what must clear lived through."""
    with ProcessPoolExecutor(2) as workers:
        return f"{cleared.__doc__}\n{cleared.table_of(list(workers.map(cleared.cleared, cleared.SEEDS)))}"


def promotions_of_the_past() -> str:
    """What each promotion brought, net, and whether pull-forward is found where it is planted and only there."""
    return f"{promoted.measured()}\n{emptied.measured()}"


PARTS = (elasticities_and_price_lists, elasticities_of_another_form, promotions_of_the_past, markdown_paths)


def main(chosen: list[str]) -> None:
    """Measure the parts named, or every one."""
    measure(PARTS, "PRICING.md", "# Calibration of prices\n\nWritten by `make calibrate`.\n", chosen)
