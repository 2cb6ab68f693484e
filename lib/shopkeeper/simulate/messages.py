"""Messages: what the shop offers to customers who stay away, who is held out, and the purchases that this brings."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Draws, Floats, Ints
from shopkeeper.simulate.occasions import MESSAGE, moments
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column
from shopkeeper.simulate.world import World

LASTS = 14  # days that a voucher holds and a message works
HOLDOUT = 0.1  # chance to be held out of a campaign that one was chosen for
_FROM, _EVERY = 182, 28  # day of the first campaign, in the 7th month, and days from one to the next
_QUIET, _LOST = 45, 365  # days since the last purchase after which the shop writes, and until which
_HOUR = 10  # of the day at which it goes out
_OFFERS = ((199, 25), (299, 40), (399, 55))  # yuan of goods, and yuan off
_OPENED = 0.35  # share of messages opened, before those that bring a purchase
_WAIT = 13 * 3600  # seconds until it is opened, at most: on the day on which it comes
_NUMBER = 20_000  # purchases that messages bring are numbered from here, 100 to a campaign


@dataclass(frozen=True)
class Campaign:
    """One round of messages. day: its number; the voucher takes `off` yuan off goods for `floor` yuan or more."""

    name: str
    day: int
    floor: int
    off: int

    @property
    def offer(self) -> str:
        """The voucher in the shop's words."""
        return f"满{self.floor}减{self.off}"


def campaigns(world: World, draws: Draws) -> tuple[Campaign, ...]:
    """Every campaign of a world's days, in order of time; no two of them work at once."""
    days = range(_FROM, world.days, _EVERY)
    offers = draws.integer("offer", len(_OFFERS), np.arange(len(days)))
    return tuple(
        Campaign(f"老客回访-{world.date(day):%Y%m%d}", day, *_OFFERS[offer])
        for day, offer in zip(days, offers, strict=True)
    )


def sent_at(world: World, campaign: Campaign) -> np.datetime64:
    """When a campaign goes out."""
    return world.starts_at + np.timedelta64(campaign.day * 86_400 + _HOUR * 3600, "s")


def send_messages(scene: Scene, people: pd.DataFrame, occasions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts, and the occasions with those that messages bring (kind message), in order of time.

    Contacts: customer, campaign (number), sent (day), is_held, sent_at, opened_at. A campaign goes to customers who
    consent, are known by name, and came to buy last 46 to 365 days before; who of them is held out is luck alone. Who
    found an empty shelf when it came counts as seen. Nobody is written to for being likely to answer.
    """
    last, parts, brought = np.full(len(people), -np.inf), [], []
    customer, day = occasions.customer.to_numpy(), occasions.day.to_numpy()
    for number, campaign in enumerate(campaigns(scene.world, scene.draws)):
        seen = day < campaign.day
        np.maximum.at(last, customer[seen], day[seen])
        chosen = _chosen(scene, people, number, campaign.day - last)
        extra = _brought(scene, people, chosen[~chosen.is_held].customer.to_numpy(), number, campaign.day)
        np.maximum.at(last, extra.customer.to_numpy(), extra.day.to_numpy())
        parts.append(_opened(scene, chosen, extra, campaign))
        brought.append(extra)
    extras = [extra for extra in brought if len(extra)]
    if extras:
        added = pd.concat(extras, ignore_index=True)
        added = added[added.day < scene.world.days].reset_index(drop=True)
        occasions = pd.concat([occasions, added.assign(at=moments(scene, people, added))])
        occasions = occasions.sort_values(["at", "customer", "number"], ignore_index=True)
    return pd.concat(parts, ignore_index=True) if parts else _nobody(), occasions


def _nobody() -> pd.DataFrame:
    types = {"customer": "int64", "campaign": "int64", "sent": "int64", "is_held": "bool"}
    times = dict.fromkeys(("sent_at", "opened_at"), "datetime64[s]")
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in (types | times).items()})


def _chosen(scene: Scene, people: pd.DataFrame, number: int, since: Floats) -> pd.DataFrame:
    """Whom the shop means to write to, and whom it then holds out. since: days since each customer last came to buy."""
    may = (people.consents & ~people.is_masked).to_numpy()
    customer = np.flatnonzero(may & (since > _QUIET) & (since <= _LOST))
    key = people.key.to_numpy()[customer]
    is_held = scene.draws.uniform("holdout", key, number) < HOLDOUT
    return pd.DataFrame({"customer": customer, "key": key, "campaign": number, "is_held": is_held})


def _brought(scene: Scene, people: pd.DataFrame, sent: Ints, number: int, day: int) -> pd.DataFrame:
    """Purchases that a message brings: Poisson, message_lift × what LASTS days bring anyway, of those not yet gone.

    They fall on the days after that of the message, within LASTS times 24 hours of it. Who buys with a coupon alone
    buys by its rate times its chance to hold one.
    """
    until = people.left.fillna(np.inf).to_numpy()
    there = sent[until[sent] > day]
    coupon = column(scene.segments, "coupon")[people.segment.to_numpy()[there]]
    rate = people.rate.to_numpy()[there] * np.where(people.is_deal_only.to_numpy()[there], coupon, 1.0)
    key = people.key.to_numpy()
    count = scene.draws.poisson("message", scene.world.message_lift * LASTS * rate, key[there], number)
    customer = np.repeat(there, count)
    serial = _NUMBER + 100 * number + np.arange(len(customer)) - np.repeat(np.cumsum(count) - count, count)
    when = day + 1 + scene.draws.integer("message day", LASTS - 1, key[customer], serial)
    extra = pd.DataFrame({"customer": customer, "key": key[customer], "number": serial, "day": when})
    return extra[when <= until[customer]].assign(planned=-1, kind=MESSAGE, event=-1, voucher=number)


def _opened(scene: Scene, chosen: pd.DataFrame, extra: pd.DataFrame, campaign: Campaign) -> pd.DataFrame:
    """Contacts with sent_at and opened_at: whom a message brings has opened it."""
    key = (chosen.key, chosen.campaign)
    opens = (scene.draws.uniform("opened", *key) < _OPENED) | chosen.customer.isin(extra.customer)
    sent = sent_at(scene.world, campaign)
    wait = (60 + _WAIT * scene.draws.uniform("opened after", *key) ** 3).astype("timedelta64[s]")
    opened = pd.Series(sent + wait).where(opens & ~chosen.is_held)
    return chosen.drop(columns="key").assign(sent=campaign.day, sent_at=sent, opened_at=opened)


def sent_days(world: World, draws: Draws, number: Ints) -> Floats:
    """The day of the message that brought each purchase, by the purchase's number; infinite where none did."""
    days = np.array([campaign.day for campaign in campaigns(world, draws)] + [np.inf])
    return np.asarray(days[np.where(number >= _NUMBER, (number - _NUMBER) // 100, -1)], np.float64)


def reached(occasions: pd.DataFrame, contacts: pd.DataFrame, first_sale: Floats) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Occasions, under their old index, with the voucher (number of the campaign) that each can use; and the contacts.

    first_sale: by customer, the day of its first order that was sold something; the shop knows nobody before it. Of
    whom it turns out not to have known there is no contact, and what the message would have brought found nothing.
    """
    contacts = contacts[first_sale[contacts.customer] < contacts.sent].reset_index(drop=True)
    at = occasions["at"].to_numpy()
    campaign = (occasions.day.to_numpy() - _FROM) // _EVERY
    pairs = pd.MultiIndex.from_arrays([occasions.customer, campaign])
    opened = contacts.set_index(["customer", "campaign"])[["sent_at", "opened_at"]].reindex(pairs)
    ends = opened.sent_at.to_numpy() + np.timedelta64(LASTS, "D")
    voucher = np.where((opened.opened_at.to_numpy() < at) & (at < ends), campaign, -1)
    return occasions.assign(voucher=voucher), contacts


def redeemed(contacts: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Contacts with redeemed_at: the time of the order that used the voucher."""
    used = orders[orders.is_redeemed].set_index(["customer", "voucher"])["at"]
    pairs = pd.MultiIndex.from_frame(contacts[["customer", "campaign"]])
    return contacts.assign(redeemed_at=used.reindex(pairs).to_numpy())
