"""A brand with known truth: customers, promotions, prices, stock and returns, as the raw files a merchant would export."""

from pathlib import Path

import pandas as pd

from shopkeeper.simulate.history import History, live
from shopkeeper.simulate.plain import FILES, write_plain
from shopkeeper.simulate.tmall import write_tmall
from shopkeeper.simulate.truth import write_truth
from shopkeeper.simulate.world import World
from shopkeeper.tables import DataError, offenders

__all__ = ["History", "World", "live", "simulate"]

WRITERS = (write_tmall, write_plain, write_truth)
# What a simulation leaves behind; another's, of other days, is swept away first.
_OURS = {"raw": ("Export*List_*", *(f"{name}.csv" for name in FILES)), "truth": ("*.parquet", "settings.json")}


def simulate(folder: Path, world: World, arrivals: pd.DataFrame | None = None) -> History:
    """Let a world run and write it to folder/raw, as files for the importer, and folder/truth, which no analysis reads.

    arrivals: customers in place of the world's own (arrivals.check_arrivals says which columns). The raw and truth of an earlier simulation in
    that folder are replaced. DataError where raw/ holds files that no simulation wrote.
    """
    _check_ours(folder)
    history = live(world, arrivals)
    _sweep(folder)
    for write in WRITERS:
        write(folder, history)
    return history


def _check_ours(folder: Path) -> None:
    found = [path.name for path in sorted((folder / "raw").glob("[!.]*"))]
    if found and not (folder / "truth" / "settings.json").exists():
        raise DataError(
            f"{folder.name}: raw/ holds {len(found)} files that no simulation wrote ({offenders(found)}). A simulation "
            "would mix with them; simulate a brand of its own, made with shopkeeper new."
        )


def _sweep(folder: Path) -> None:
    for name, patterns in _OURS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for path in (path for pattern in patterns for path in (folder / name).glob(pattern)):
            path.unlink()
