"""One price or coupons for some, in words: how each segment answers to prices, what a coupon for it would bring, and what the law asks."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from shopkeeper.customers.audiences import refused
from shopkeeper.customers.contact_lists import HOLDOUT, with_holdout
from shopkeeper.customers.lifecycle import limits_told
from shopkeeper.decisions import Decision
from shopkeeper.demand.learner import HORIZON
from shopkeeper.pricing.offers import SURE
from shopkeeper.pricing.segment_coupons import SURELY, Coupons
from shopkeeper.pricing.segment_units import SEGMENTS
from shopkeeper.pricing.study import Study
from shopkeeper.report.charts import Amounts, plot_ranges
from shopkeeper.report.decided import around
from shopkeeper.report.words import (
    Kind,
    Sentence,
    Value,
    Words,
    change,
    count,
    money,
    number,
    people,
    percent,
    say,
    together,
)
from shopkeeper.shop import Shop

LAW = say(
    "In China the Personal Information Protection Law holds for this. What is decided by automated means from personal information must be transparent and fair, without unreasonable "
    "differences between people in price and other terms; such marketing must come with an option that does not go by personal traits, or an easy way to refuse (article 24). Its impact "
    "on personal information is to be assessed beforehand, and a record kept (article 55). Say plainly, before the purchase, who gets a coupon, for what and until when. Elsewhere "
    "other law holds, and this is no legal advice."
)
SEGMENT: dict[str, tuple[Sentence, Kind]] = {
    "what": (say("Segment"), "text"),
    "customers": (say("Customers"), "people"),
    "answer": (say("1% off one SKU sells of it, % more"), "number"),
    "answer_range": (say("90% interval"), "text"),
    "beside": (say("Beside all customers"), "change"),
    "beside_range": (say("90% interval"), "text"),
    "more": (say("Chance that it answers more than all"), "chance"),
    "coupon": (say("Coupon that brings most, or loses least"), "text"),
    "gain": (say("Brings, four weeks"), "money"),
    "range": (say("90% interval"), "text"),
    "probability": (say("Chance that it gains"), "chance"),
    "protected": (say("Price protection, taken off"), "money"),
}
FILE = say("Who gets which coupon; those of the holdout get none:")


def proposed(found: Study) -> Coupons | None:
    """The coupons to send; None where there are none, or prices may not be decided on."""
    coupons = found.coupons
    return coupons if coupons and found.is_trusted and coupons.rows.is_proposed.any() else None


def segment_rows(coupons: Coupons | None) -> pd.DataFrame:
    """One row per segment, in words; elasticities as percent more that is sold. No rows where nothing is told."""
    if coupons is None or coupons.rows.empty:
        return pd.DataFrame()
    rows = coupons.rows
    has = rows.depth > 0
    return rows.assign(
        what=[SEGMENTS[name] for name in rows.segment], answer=-rows.elasticity, answer_range=_ranges(-rows.high, -rows.low, number),
        beside_range=_ranges(rows.beside_low, rows.beside_high, change), low=rows.beside_low, high=rows.beside_high,
        coupon=[say("{depth} off", depth=percent(depth)) if depth else say("none") for depth in rows.depth],
        gain=rows.gain.where(has), probability=rows.probability.where(has), protected=rows.protected.where(has),
        range=_ranges(rows.gain_low.where(has), rows.gain_high.where(has), money),
    )  # fmt: skip


def _ranges(low: pd.Series, high: pd.Series, value: Callable[[float], Value]) -> list[Sentence]:
    return [say("{low} to {high}", low=value(least), high=value(most)) for least, most in zip(low, high, strict=True)]


def title(found: Study) -> Sentence:
    """Which coupons to send and what they bring; or that prices stay one for all, and why."""
    coupons = found.coupons
    if not found.shop.brand.segment_coupons:
        return say("Prices are the same for everybody")
    if coupons is None or coupons.rows.empty:
        return say(
            "Too few purchases are by customers who are known to tell whether some answer more to prices: one price for all"
        )
    if not found.is_trusted:
        return say("No coupon is proposed: what prices do is not known well enough here")
    if proposed(found):
        gain = around(coupons.total)
        return say(
            "Coupons for {names} should bring {gain} of contribution in four weeks (90%: {low} to {high})",
            names=_names(coupons.rows[coupons.rows.is_proposed]), gain=money(gain["gain"]), low=money(gain["gain_low"]), high=money(gain["gain_high"]),
        )  # fmt: skip
    return _not_now(coupons)


def _not_now(coupons: Coupons) -> Sentence:
    apart = coupons.rows[coupons.rows.more >= SURELY]
    if apart.empty:
        return say("No segment surely answers more to prices than all customers do: one price for all is right")
    if coupons.by_quantity:
        return say(
            "No coupon is proposed: whoever buys more at once pays less here, so that prices follow from who buys"
        )
    return say(
        "Customers who answer more to prices than all do ({names}) do not answer enough for a coupon to surely pay: one price for all is right",
        names=_names(apart),
    )


def _names(rows: pd.DataFrame) -> Sentence:
    return together([SEGMENTS[name] for name in rows.segment])


def plot_segments(rows: pd.DataFrame, words: Words) -> Figure:
    """By how much more each segment answers to prices than all customers do, with its 90% interval."""
    dot, mark = (
        Amounts(rows.beside, say("answers more to prices than all")),
        Amounts(0 * rows.beside, say("all customers")),
    )
    return plot_ranges(rows, dot, mark, words, kind="change")


def notes(found: Study) -> list[Sentence]:
    """How it was found, what a coupon costs, who is left out, and what the law asks; how to switch it on where it is off."""
    if not found.shop.brand.segment_coupons:
        return [
            say(
                "Coupons for some customers alone are worked out only where brand.toml says segment_coupons = true. {law}",
                law=LAW,
            )
        ]
    if found.coupons is None:
        return [LAW]
    return [
        _method(found.coupons),
        limits_told(found.coupons.limits),
        _coupon(found.coupons),
        _protection(found.shop),
        _consent(found.shop),
        LAW,
    ]


def _method(coupons: Coupons) -> Sentence:
    low, high = np.quantile(coupons.between, [0.05, 0.95])
    return say(
        "Customers are put into segments by when and how often they ordered, and nothing else, as of the day before each four weeks: whoever is called a bargain hunter after buying "
        "cheap answers to prices by construction. Of what sold of a SKU in a week, the question is only who bought it, so that whatever moves all customers alike cancels. What is "
        "measured is drawn towards no difference; by how much the elasticities of segments differ (standard deviation) is {between} (90%: {low} to {high}).",
        between=number(coupons.between.mean()), low=number(low), high=number(high),
    )  # fmt: skip


def _coupon(coupons: Coupons) -> Sentence:
    return say(
        "Looked at are coupons of 5, 10, 15 and 20% on all SKUs of the price list outside promotions, none deeper than {deepest}, which half of what sells has had before. Everybody of "
        "the segment who buys is taken to use it, also who would have bought anyway; how far a category follows all its prices is taken to be the same in every segment; what the "
        "message itself brings is not counted. Proposed is what gains, by a chance of {sure}, in a segment that answers more than all customers do, by one of {surely}.",
        deepest=percent(coupons.deepest), sure=percent(SURE), surely=percent(SURELY),
    )  # fmt: skip


def _protection(shop: Shop) -> Sentence:
    return say(
        "Whoever of the segment bought in the {days} days before may claim the difference: of all that could be claimed, {rate} is taken off the gain. brand.toml sets both "
        "(price_protection_days, price_protection_claim_rate).",
        days=count(shop.brand.price_protection_days), rate=percent(shop.brand.price_protection_claim_rate),
    )  # fmt: skip


def _consent(shop: Shop) -> Sentence:
    known = shop.load(shop.customers.agg(n=shop.customers.consent.notnull().sum())).n.iloc[0]
    if not known > 0:
        return say(
            "Whether customers agreed to be contacted is not in the data: leave out who did not, and whoever withdrew."
        )
    left = refused(shop.customers)
    left = shop.load(left.agg(n=left.count()))
    return say(
        "{n} customers who have not agreed to be contacted, or withdrew, are in no segment and get no coupon.",
        n=people(int(left.n.iloc[0])),
    )


def decisions(found: Study) -> list[Decision]:
    """The coupons to send, as one; nothing where none is proposed."""
    coupons = proposed(found)
    if coupons is None:
        return []
    rows = coupons.rows[coupons.rows.is_proposed]
    each = [
        say("{depth} off for {what}", depth=percent(row.depth), what=SEGMENTS[row.segment]) for row in rows.itertuples()
    ]
    return [
        Decision(
            subject="segment coupons", amount=float(rows.customers.sum()), unit="customers", **around(coupons.total), horizon_days=HORIZON,
            action=say("Send coupons for four weeks: {each}. Shelf prices stay one for all", each=together(each)),
            assumptions=say("Whoever answered more to prices goes on to do so; everybody of the segment who buys uses the coupon; the law's conditions are met."),
            check=say("{held} of each segment, drawn by lot, get no coupon: compare contribution by customer of both after {days} days.", held=percent(HOLDOUT), days=count(HORIZON)),
        )
    ]  # fmt: skip


def file_rows(found: Study, seed: int) -> pd.DataFrame:
    """One row per customer who is to get a coupon: customer_id, segment, discount (0–1), group (write or holdout)."""
    coupons = proposed(found)
    columns = ["customer_id", "segment", "discount", "group"]
    if coupons is None:
        return pd.DataFrame(columns=columns)
    depths = coupons.rows[coupons.rows.is_proposed].set_index("segment").depth
    members = coupons.members[coupons.members.segment.isin(depths.index)]
    drawn = with_holdout(members.rename(columns={"segment": "list"}), found.shop.as_of, seed)
    return drawn.rename(columns={"list": "segment"}).assign(discount=drawn["list"].map(depths))[columns]
