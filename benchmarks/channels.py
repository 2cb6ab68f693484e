"""The measurements of 03_attribution: the media mix beside pymc-marketing, and the notebook."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import mixed
from measure import BIN, PROJECT, Row, measured, notebook_rows, workbench

_ROUNDS = 3
_NOTEBOOK = "03_attribution"
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "PANDAS_FUTURE_INFER_STRING": "0",
}  # one core each; nutpie takes plain strings only
Found = dict[str, float]


def _side(side: str, regions: int, folder: Path) -> Found:
    """What one side finds in a process of its own; folder: where compiled code is kept, empty for a first run."""
    caches = {"PYTENSOR_FLAGS": f"base_compiledir={folder / 'pytensor'}", "NUMBA_CACHE_DIR": str(folder / "numba")}
    command = [sys.executable, "-W", "ignore", mixed.__file__, side, str(regions)]
    told = subprocess.run(command, env=os.environ | _ENVIRONMENT | caches, check=True, capture_output=True, text=True)
    return dict(json.loads(told.stdout.splitlines()[-1]))


def media_mixes() -> list[Row]:
    """Effective samples a second, of the unknown that has fewest, nothing compiled before; again with disk caches; and for the next brand."""
    rows = []
    for regions in (1, 8):
        rounds: list[dict[str, tuple[Found, Found]]] = []
        for _ in range(_ROUNDS if regions == 1 else 1):
            with tempfile.TemporaryDirectory() as folder:
                rounds.append(
                    {
                        side: (_side(side, regions, Path(folder)), _side(side, regions, Path(folder)))
                        for side in ("ours", "theirs")
                    }
                )
        rows += [
            _row(rounds, regions, *how)
            for how in (
                ("first", 0, "first run", 2),
                ("first", 1, "fresh process, caches warm", 2),
                ("next", 0, "next brand in the same process", 10),
            )
        ]
        worst = {side: max(max(run["r_hat"] for run in each[side]) for each in rounds) for side in ("ours", "theirs")}
        rows.append(
            (
                f"the same, {regions} regions: largest R-hat",
                f"{worst['ours']:.3f} against {worst['theirs']:.3f}",
                "1.01",
            )
        )
    return rows


def _row(
    rounds: list[dict[str, tuple[Found, Found]]], regions: int, name: str, run: int, told: str, target: int
) -> Row:
    def pace(side: str, each: dict[str, tuple[Found, Found]]) -> float:
        return each[side][run][f"ess_{name}"] / each[side][run][name]

    us, them = ([pace(side, each) for each in rounds] for side in ("ours", "theirs"))
    seconds = [statistics.median(each[side][run][name] for each in rounds) for side in ("ours", "theirs")]
    ratio = statistics.median(a / b for a, b in zip(us, them, strict=True))
    what = f"media mix, {mixed.WEEKS} weeks × {mixed.CHANNELS} channels × {regions} regions, least effective samples a second beside `pymc_marketing.mmm.MMM`, {told}"
    figures = (
        f"{statistics.median(us):.1f} against {statistics.median(them):.2f} ({seconds[0]:.0f} s, {seconds[1]:.0f} s)"
    )
    return what, figures, f"{ratio:.1f} times as many; target {target}"


def channels_notebook() -> list[Row]:
    """03_attribution on `aurora` after its import, once it has run: what it compiles lies ready."""
    if not (PROJECT / "notebooks" / f"{_NOTEBOOK}.ipynb").exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        environment = workbench(["aurora"], Path(folder))
        measured([str(BIN / "shopkeeper"), "simulate", "aurora"], environment)
        measured([str(BIN / "shopkeeper"), "run", "aurora", "--notebook", _NOTEBOOK], environment)
        return notebook_rows(_NOTEBOOK, "aurora", environment, 180)


PARTS = (media_mixes, channels_notebook)
