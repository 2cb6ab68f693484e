"""The rules that a price list keeps."""

from dataclasses import dataclass

from shopkeeper.tables import DataError


@dataclass(frozen=True)
class Rules:
    """step: by which share a price may move at once. least_margin: of what is kept of the price, what must remain above the goods' cost.

    level: how far the brand's prices may move at once, and within half a year, in the mean, weighed by sales, since what customers do when everything is
    dearer was never seen; None for no matter. band: how far from the cheapest competitor a price may lie, as a share, where one is known;
    one that lies further off already may come nearer alone; None for no matter. keep_endings: prices end as the brand's do.
    certain: chance of a gain from which a change is acted on. To ask for .9 of each change left lists of simulated brands at .67 of what an
    oracle's would earn, .6 at .82: errors of single SKUs even out in a list, whose own interval is told.
    """

    step: float = 0.1
    least_margin: float = 0.1
    level: float | None = 0.02
    band: float | None = 0.2
    keep_endings: bool = True
    certain: float = 0.6

    def __post_init__(self) -> None:
        """DataError for a rule that no price can keep, or that says nothing."""
        limits = {
            "step": (0.0, 1.0),
            "least_margin": (0.0, 0.99),
            "certain": (0.5, 1.0),
            "level": (0.0, 1.0),
            "band": (0.0, 1.0),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise DataError(f"price rules: {name} is {value}; it is from {low} to {high}.")
