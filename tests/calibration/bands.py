"""The rule by which intervals are judged: over seeds fixed beforehand, a seed-clustered 99% band of the coverage has to contain .90, and
the coverage itself to lie within 85% and 95%.
"""

from collections.abc import Iterable

import numpy as np


def verdict(holds: Iterable[list[bool]]) -> str:
    """Intervals, coverage, its seed-clustered 99% band, and whether both rules are met."""
    each = list(holds)
    by_seed = np.array([np.mean(seed) for seed in each])
    coverage, error = by_seed.mean(), 2.576 * by_seed.std(ddof=1) / len(by_seed) ** 0.5
    is_met = abs(coverage - 0.9) <= error and 0.85 <= coverage <= 0.95
    n = sum(len(seed) for seed in each)
    return f"{n:,} | {coverage:.1%} | {coverage - error:.1%} to {coverage + error:.1%} | {'yes' if is_met else 'NO'}"
