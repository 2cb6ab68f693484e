"""What follows from promotions of the past: what the last one left, and which are not to be repeated as they were."""

from shopkeeper.decisions import Decision
from shopkeeper.pricing.promotion import Promotions
from shopkeeper.report.page import Tile
from shopkeeper.report.words import money, plain, say


def tile(found: Promotions | None) -> list[Tile]:
    """What the last promotion that is told left, net; nothing where none is, or costs are not known."""
    if found is None or found.told.empty or "margin" not in found.rows:
        return []
    last = found.told.iloc[-1]
    note = say(
        "90%: {low} to {high}; {what}",
        low=money(last.margin_low),
        high=money(last.margin_high),
        what=plain(str(last.promotion)),
    )
    return [(say("Contribution of the last promotion, net"), money(last.margin), note)]


def decisions(found: Promotions | None) -> list[Decision]:
    """Promotions that surely lost are not to be repeated as they were."""
    if found is None or found.told.empty or "margin" not in found.rows:
        return []
    lost = found.told[found.told.margin_high < 0]
    return [
        Decision(
            subject=f"promotion {row.promotion}", amount=1.0, unit="promotions", gain=-row.margin, gain_low=-row.margin_high, gain_high=-row.margin_low,
            probability=float((found.draws["margin"][:, place] < 0).mean()), horizon_days=365,
            action=say("Do not repeat {what} as it was", what=plain(str(row.promotion))),
            assumptions=say("The same promotion would do again what it did; whatever else happened on its days counts as its effect."),
            check=say("Contribution of the same weeks without it, beside what they should bring without promotions."),
        )
        for place, row in zip(lost.index, lost.itertuples(), strict=True)
    ]  # fmt: skip
