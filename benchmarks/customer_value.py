"""The measurements of 02_clv: maximum likelihood beside lifetimes, posterior beside pymc-marketing, a million customers, the notebook."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import buyers
import numpy as np
from measure import BIN, PROJECT, RETAIL, Row, measured, notebook_rows, workbench

_ROUNDS = 3
_NOTEBOOK = "02_clv"
_PEERS = {
    "nutpie": "nutpie, as many chains and draws as ours",
    "nutpie_usual": "nutpie, 4 chains of 1,000",
    "nuts_usual": "PyMC's own NUTS, 4 chains of 1,000",
}
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # one core each
    "PANDAS_FUTURE_INFER_STRING": "0",  # nutpie, as pymc-marketing calls it, dies of pandas' new strings
}
Found = dict[str, float]


def _side(side: str, of: Path | int) -> Found:
    """What one side finds, in a process of its own that finds nothing compiled by an earlier one."""
    with tempfile.TemporaryDirectory() as compiled:
        environment = os.environ | _ENVIRONMENT | {"PYTENSOR_FLAGS": f"base_compiledir={compiled}"}
        command = [sys.executable, "-W", "ignore", buyers.__file__, side, str(of)]
        told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(told.stdout.splitlines()[-1]))


def _middle(runs: list[Found], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def likeliest_parameters() -> list[Row]:
    """BG/NBD of a million customers by maximum likelihood: ours, alike ones brought together first, and lifetimes' in turn."""
    with tempfile.TemporaryDirectory() as folder:
        buyers.write(Path(folder))
        pairs = [
            (_side("likeliest", Path(folder)), _side("likeliest_of_lifetimes", Path(folder))) for _ in range(_ROUNDS)
        ]
        less, more = (_loss(Path(folder), found) for found in pairs[0])
    us, them = (list(side) for side in zip(*pairs, strict=True))
    faster = statistics.median(b["seconds"] / a["seconds"] for a, b in pairs)
    apart = max(abs(us[0][name] / them[0][name] - 1) for name in buyers.TRUTH)
    what = f"`collapse` and `maximum_likelihood`, {buyers.CUSTOMERS:,} customers of BG/NBD, beside `lifetimes.BetaGeoFitter`"
    peaks = [max(run["peak"] for run in side) for side in (us, them)]
    return [
        (f"{what} (median of {_ROUNDS})", f"{_middle(us, 'seconds'):.1f} s against {_middle(them, 'seconds'):.1f} s", f"{faster:.1f} times as fast; target 10"),
        ("the same: parameters", ", ".join(f"{name} {us[0][name]:.5g}" for name in buyers.TRUTH), f"at most {apart:.0e} apart; target 1e-4"),
        ("the same: log-likelihood by lifetimes' formula, ours less lifetimes'", f"{more - less:.0e}", "at least 0, to rounding"),
        ("the same: peak memory, the data included", f"{peaks[0]:.0f} MB against {peaks[1]:.0f} MB", f"ratio {peaks[0] / peaks[1]:.2f}"),
    ]  # fmt: skip


def _loss(folder: Path, found: Found) -> float:
    """Less the log-likelihood of these parameters, as lifetimes works it out."""
    from lifetimes import BetaGeoFitter

    rows, at = buyers.read(folder), np.log([found[name] for name in buyers.TRUTH])
    given = (rows[name].to_numpy() for name in ("frequency", "recency", "T"))
    mean = BetaGeoFitter._negative_log_likelihood(at, *given, np.ones(len(rows)), 0.0)
    return float(mean) * len(rows)


def effective_samples() -> list[Row]:
    """BG/NBD of CDNOW's customers: effective samples a second, all sides in turn, all that is loaded and compiled included."""
    rounds = [{side: _side(side, seed) for side in ("posterior", *_PEERS)} for seed in range(1, _ROUNDS + 1)]
    runs = {side: [each[side] for each in rounds] for side in rounds[0]}
    best = max(_PEERS, key=lambda side: statistics.median(run["bulk"] / run["seconds"] for run in runs[side]))
    rows = [_pace_row(runs, peer, kind) for peer in _PEERS for kind in ("bulk", "tail")]
    us, them = runs["posterior"], runs[best]
    seconds = [f"{_middle(side, 'seconds'):.1f} s for {_middle(side, 'bulk'):,.0f}" for side in (us, them)]
    apart = max(abs(us[0][name] - them[0][name]) / them[0][f"{name}_deviation"] for name in buyers.TRUTH)
    means = ", ".join(f"{name} {us[0][name]:.3g} ({them[0][name]:.3g})" for name in buyers.TRUTH)
    return [
        *rows,
        (f"ours and its fastest ({_PEERS[best]}): time, and effective samples in bulk", " against ".join(seconds), "–"),
        ("the same: means of the parameters, alpha in days", means, f"at most {apart:.2f} deviations apart"),
    ]


def _pace_row(runs: dict[str, list[Found]], peer: str, kind: str) -> Row:
    """The fewest effective samples of the four parameters, each second."""
    us, them = ([run[kind] / run["seconds"] for run in runs[side]] for side in ("posterior", peer))
    ratio = statistics.median(a / b for a, b in zip(us, them, strict=True))
    what = f"posterior on CDNOW, effective samples a second ({kind}), beside `pymc_marketing.clv.BetaGeoModel` ({_PEERS[peer]})"
    figures = f"{statistics.median(us):.0f} against {statistics.median(them):.0f}"
    return what, figures, f"{ratio:.1f} times as many; target 5"


def scoring() -> list[Row]:
    """A million customers: what each should bring and how far it may be off, by a posterior of 20,000 of them."""
    with tempfile.TemporaryDirectory() as folder:
        buyers.write(Path(folder))
        run = _side("scored", Path(folder))
    told, drawn = run["expected"], run["drawn"]
    return [
        (f"`expected` and `drawn`, {buyers.CUSTOMERS:,} customers", f"{told + drawn:.1f} s: {told:.1f} s and {drawn:.1f} s", "under 30 s"),
        ("the same: peak memory of the process, the fit included", f"{run['peak']:.0f} MB", "under 2,000 MB"),
    ]  # fmt: skip


def value_notebook() -> list[Row]:
    """02_clv on each brand after its import, once it has run: what it compiles lies ready."""
    if not (PROJECT / "notebooks" / f"{_NOTEBOOK}.ipynb").exists():
        return []
    brands = ["aurora", "complete_journey", "cdnow", *(["online_retail"] if RETAIL.exists() else [])]
    with tempfile.TemporaryDirectory() as folder:
        environment = workbench(brands, Path(folder))
        measured([str(BIN / "shopkeeper"), "simulate", "aurora"], environment)
        measured([str(BIN / "shopkeeper"), "run", *brands, "--notebook", _NOTEBOOK], environment)
        return [row for brand in brands for row in notebook_rows(_NOTEBOOK, brand, environment, 90)]


PARTS = (likeliest_parameters, effective_samples, scoring, value_notebook)
