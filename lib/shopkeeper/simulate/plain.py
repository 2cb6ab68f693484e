"""What comes from the brand's own systems: CSVs in UTF-8 with the contract's headers."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from shopkeeper.simulate.advertising import lift_test_rows, media_rows, touch_rows
from shopkeeper.simulate.browsing import KINDS, WORDS, make_events
from shopkeeper.simulate.catalogue import SETS
from shopkeeper.simulate.draws import Floats
from shopkeeper.simulate.exports import stamps, write_csv, yuan
from shopkeeper.simulate.history import History, line_costs
from shopkeeper.simulate.identities import visitors
from shopkeeper.simulate.messages import campaigns
from shopkeeper.simulate.names import CATEGORIES, COMPETITORS, PLACES, WAREHOUSES
from shopkeeper.simulate.traffic import make_traffic

Rows = list[tuple[object, ...]]
_AT_ONCE = 50_000  # events turned into texts at a time: all of them would take hundreds of megabytes


def write_plain(folder: Path, history: History) -> None:
    """Every file of FILES that has rows: the importer takes headers alone for an export that went wrong."""
    for name, (headers, make) in FILES.items():
        rows = iter(make(history))
        for first in rows:
            write_csv(folder / "raw" / f"{name}.csv", headers, chain([first], rows))


def _products(history: History) -> Rows:
    """unit_cost: on the last day."""
    skus = history.scene.catalogue.skus
    skus = skus.assign(cost_fen=history.scene.cost[history.scene.world.days - 1])
    return [
        (
            s.sku,
            s.product,
            CATEGORIES[s.category],
            s.maker,
            history.scene.world.date(s.launched),
            *yuan([s.cost_fen, s.list_fen]),
        )
        for s in skus.itertuples()
        if s.launched < history.scene.world.days
    ]


def _bundles(history: History) -> Rows:
    codes = history.scene.catalogue.skus["sku"]
    return [
        (codes[sku], codes[part], units) for sku, part, units in history.scene.catalogue.bundles.to_numpy().tolist()
    ]


def _attributes(history: History) -> Rows:
    """What the label says of skin care: ingredient, and whether its dose is high."""
    rows: Rows = []
    for s in history.scene.catalogue.skus.itertuples():
        rows.append((s.sku, "成分", s.ingredient))
        rows.append((s.sku, "浓度", "高" if s.is_active else "常规"))
    return rows


def _customers(history: History) -> Rows:
    """Buyers with a true order whose name the platform shows."""
    orders = history.orders
    buyers = np.unique(orders.customer[orders.kind == "sale"])
    people = history.people.iloc[buyers]
    return [
        (p.nick, p.channel, PLACES[p.place][0], "true" if p.consents else "false")
        for p in people[~people.is_masked].itertuples()
    ]


def _promotions(history: History) -> Rows:
    date = history.scene.world.date
    return [(e.name, date(e.first), date(e.last), "discount", date(e.known)) for e in history.scene.events]


def _promotion_skus(history: History) -> Rows:
    """Who takes part, and the share of the list price that is really taken off."""
    codes = history.scene.catalogue.skus["sku"]
    places = np.argwhere(history.scene.depth > 0).tolist()
    return [(history.scene.events[e].name, codes[s], f"{history.scene.depth[e, s]:.4f}") for e, s in places]


def _stock(history: History) -> Rows:
    """A row a day from a SKU's launch on; sets lie in their components."""
    skus, stock = history.scene.catalogue.skus, history.stock
    day = np.arange(history.scene.world.days)[:, None, None]
    is_there = (day >= skus.launched.to_numpy()[None, :, None]) & (skus.category.to_numpy() != SETS)[None, :, None]
    places = np.nonzero(np.broadcast_to(is_there, stock.on_hand.shape))
    dates = _dates(history)
    codes, sheds = skus["sku"].tolist(), WAREHOUSES
    numbers = (part.tolist() for part in (*places, stock.on_hand[places], stock.on_order[places], stock.is_out[places]))
    return [
        (dates[d], codes[s], sheds[w], hand, order, int(out))
        for d, s, w, hand, order, out in zip(*numbers, strict=True)
    ]


def _dates(history: History) -> list[str]:
    return [str(history.scene.world.date(day)) for day in range(history.scene.world.days)]


def _supply(history: History) -> Rows:
    codes = history.scene.catalogue.skus["sku"]
    supply = history.stock.supply.assign(sku=codes.to_numpy()[history.stock.supply["sku"]])
    supply["warehouse"] = np.array(WAREHOUSES)[supply.warehouse]
    return list(supply.itertuples(index=False, name=None))


def _prices(history: History) -> Rows:
    """The brand's own price of each SKU on its first day on sale and whenever it changes, known that day.

    The first day is that of the launch, or of the world. A day without a row has the price of the SKU's last row.
    """
    skus = history.scene.catalogue.skus
    all_days = history.scene.prices.price
    price = np.where(np.arange(len(all_days))[:, None] >= skus.launched.to_numpy(), all_days, np.inf)
    return _changes(history, "aurora", price)


def _competitor_prices(history: History) -> Rows:
    """The same of other sellers, from the day on which each lists a SKU."""
    names = COMPETITORS[: history.scene.world.competitors]
    return [
        row for seller, name in enumerate(names) for row in _changes(history, name, history.scene.rivals[:, :, seller])
    ]


def _changes(history: History, seller: str, price: Floats) -> Rows:
    """Rows of the table of prices, by day: each SKU's first price and whatever it changes to. price: days × SKUs, fen; infinite
    before the first.
    """
    dates = _dates(history)
    price = price[: len(dates)]
    before = np.vstack([np.full((1, price.shape[1]), np.inf), price[:-1]])
    days, which = np.nonzero(np.isfinite(price) & (price != before))
    codes = history.scene.catalogue.skus["sku"].to_numpy()[which]
    told = yuan(price[days, which].astype(np.int64))
    return [(dates[d], code, seller, fen, dates[d]) for d, code, fen in zip(days, codes, told, strict=True)]


def _contacts(history: History) -> Rows:
    """One row per customer whom a campaign was meant for; the holdouts at the time at which theirs would have gone."""
    sent = campaigns(history.scene.world, history.scene.draws)
    contacts = history.contacts
    nicks = history.people.nick.to_numpy()[contacts.customer]
    names, offers = (
        np.array([getattr(c, name) for c in sent] or [""])[contacts.campaign] for name in ("name", "offer")
    )
    times = (stamps(contacts[name]) for name in ("sent_at", "opened_at", "redeemed_at"))
    went, opened, used = times
    holdout = np.where(contacts.is_held, "true", "false")
    return list(zip(nicks, went, names, offers, opened, used, holdout, strict=True))


def _events(history: History) -> Iterator[tuple[object, ...]]:
    """What the shop's pages noted; the customer's name where it had logged in, masked as everywhere."""
    world = history.scene.world
    if not world.browsing:
        return
    events, browsers = make_events(history), np.array(visitors(history.people))
    nicks, codes = (
        np.array([*names, ""], object) for names in (history.people.nick, history.scene.catalogue.skus["sku"])
    )
    kinds, words = np.array(KINDS, object), np.array([*WORDS, ""], object)
    for start in range(0, len(events), _AT_ONCE):
        part = events.iloc[start : start + _AT_ONCE]
        at = stamps(pd.Series(world.starts_at + part["at"].to_numpy().astype("timedelta64[s]")))
        read = ["" if np.isnan(seconds) else str(seconds) for seconds in part.seconds.tolist()]
        who, name = browsers[part.customer], nicks[np.where(part.is_known, part.customer, -1)]
        yield from zip(who, name, at, kinds[part.kind], codes[part["sku"]], words[part.word], read, strict=True)


def _traffic(history: History) -> Iterator[tuple[object, ...]]:
    """What the platform counted on each SKU's page; nothing where nobody is watched."""
    if not history.scene.world.browsing:
        return
    counts = make_traffic(history)
    dates, codes = np.array(_dates(history), object), history.scene.catalogue.skus["sku"].to_numpy()
    columns = (counts[name].tolist() for name in ("impressions", "visits", "add_to_cart", "favourites", "orders"))
    yield from zip(dates[counts.day], codes[counts["sku"]], *columns, strict=True)


def _order_costs(history: History) -> Rows:
    paid = history.orders[history.orders.paid_at.notna()].sort_values(["at", "order_id"])
    return list(zip(paid.order_id, yuan(paid.fee_fen), yuan(paid.logistics_fen), strict=True))


def _line_costs(history: History) -> Rows:
    """What one unit of each line of a paid order cost on its day; nothing where costs stand: those of the products hold."""
    if not history.scene.world.cost_noise:
        return []
    owner = history.orders.loc[history.lines["order"]]
    codes = history.scene.catalogue.skus["sku"].to_numpy()[history.lines["sku"]]
    rows = pd.DataFrame({"order_id": owner.order_id.to_numpy(), "sku": codes, "cost": yuan(line_costs(history))})
    paid = rows[owner.paid_at.notna().to_numpy()].sort_values(["order_id", "sku"])
    return list(paid.itertuples(index=False, name=None))


FILES: dict[str, tuple[tuple[str, ...], Callable[[History], Iterable[tuple[object, ...]]]]] = {
    "products": (("sku", "product", "category", "maker", "launched_on", "unit_cost", "list_price"), _products),
    "bundles": (("sku", "component", "quantity"), _bundles),
    "attributes": (("sku", "name", "value"), _attributes),
    "customers": (("customer_id", "acquired_through", "region", "consent"), _customers),
    "promotions": (("promotion", "starts_on", "ends_on", "kind", "known_on"), _promotions),
    "promotion_skus": (("promotion", "sku", "depth"), _promotion_skus),
    "stock": (("day", "sku", "warehouse", "on_hand", "on_order", "stocked_out"), _stock),
    "supply": (
        ("sku", "warehouse", "lead_days_mean", "lead_days_sd", "moq", "case_pack", "shelf_days"),
        _supply,
    ),
    "prices": (("day", "sku", "seller", "price", "known_on"), _prices),
    "contacts": (
        ("customer_id", "sent_at", "campaign", "offer", "opened_at", "redeemed_at", "holdout"),
        _contacts,
    ),
    "events": (("visitor_id", "customer_id", "at", "kind", "sku", "query", "seconds"), _events),
    "traffic": (("day", "sku", "impressions", "visits", "add_to_cart", "favourites", "orders"), _traffic),
    "touches": (("visitor_id", "customer_id", "touched_at", "channel", "campaign", "kind", "cost"), touch_rows),
    "media": (
        ("period_start", "period_days", "channel", "region", "spend", "impressions", "clicks", "known_on"),
        media_rows,
    ),
    "lift_tests": (
        ("channel", "region", "starts_on", "ends_on", "read_until", "spend_change", "lift", "lift_sd"),
        lift_test_rows,
    ),
    "order_costs": (("order_id", "platform_fee", "logistics_cost"), _order_costs),
    "line_costs": (("order_id", "sku", "unit_cost"), _line_costs),
    "competitor_prices": (("day", "sku", "seller", "price", "known_on"), _competitor_prices),
}
