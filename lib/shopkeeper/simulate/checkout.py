"""Checkout: orders and their lines in money, to the fen, and the orders that are no sales."""

import numpy as np
import pandas as pd

from shopkeeper.simulate.draws import Ints
from shopkeeper.simulate.messages import campaigns
from shopkeeper.simulate.names import PLACES
from shopkeeper.simulate.occasions import FIRST, KINDS, MESSAGE
from shopkeeper.simulate.scene import Scene
from shopkeeper.simulate.segments import column

# Shop coupons: from this many yuan of goods, so many off. The best one that the goods reach is used.
COUPONS = ((99, 5), (199, 15), (299, 30), (499, 60))
_OPEN_FEN = 500  # a coupon without a floor
_POSTAGE_FEN, _FREE_FROM_FEN = 800, 5_900
_PLATFORM_YUAN = (5, 8, 10, 15, 20)  # red packets that the platform gives in a promotion
_PLATFORM_RATE = 0.45
FEE = 0.05  # of net revenue, kept by the platform
_PARCEL_UNITS = 6

SALE, UNPAID, FAKE, GIFT = "sale", "unpaid", "fake", "gift"
MEMOS = {FAKE: ("刷单 本金已返", "补单 V单不发货"), GIFT: ("赠品单 补发不计销售", "赠品订单 老客回馈")}


def make_orders(
    scene: Scene, people: pd.DataFrame, occasions: pd.DataFrame, requests: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders and order lines that were sold, in order of time; an occasion that found nothing is no order.

    Orders: customer, key, number, at, kind, occasion kind, event and voucher (is_redeemed where it was used), and in fen
    goods, coupon, voucher (what a message's took off beyond the shop's other coupons; in coupon), net (due for the
    goods), postage, platform (its discount), paid. Lines: order (place in orders), line, sku, quantity, price, list, and the order's
    amounts spread over them: net_fen, paid_fen (postage not in it), coupon_fen, platform_fen.
    """
    lines = requests[requests.sold > 0].reset_index(drop=True)
    place = pd.factorize(lines.occasion)[0]
    lines = lines.assign(order=place, line=lines.groupby("occasion").cumcount() + 1)
    lines["price_fen"] = scene.prices.price[lines.day, lines.sku]
    lines["list_fen"] = scene.catalogue.skus.list_fen.to_numpy()[lines.sku]
    lines["goods_fen"] = lines.price_fen * lines.sold
    orders = occasions.loc[lines.occasion.drop_duplicates()].reset_index(drop=True)
    orders["why"] = np.array(KINDS)[orders.kind]
    orders["kind"] = SALE
    orders["goods_fen"] = lines.groupby("order").goods_fen.sum()
    orders["units"] = lines.groupby("order").sold.sum()
    orders = _discounts(scene, people, orders)
    return _costs(orders, people), _spread(lines, orders)


def _discounts(scene: Scene, people: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Coupon (the shop's), red packet (the platform's, in promotions) and postage of each order."""
    orders = orders.copy()
    key, segment = (orders.key, orders.number), people.segment.to_numpy()[orders.customer]
    holds = scene.draws.uniform("coupon", *key) < column(scene.segments, "coupon")[segment]
    # Who buys with a coupon alone came by the shop's for new customers, or a message's, and holds one that asks for no
    # sum of goods.
    is_picky = people.is_deal_only.to_numpy()[orders.customer]
    holds |= is_picky & orders.why.isin([KINDS[FIRST], KINDS[MESSAGE]])
    best = np.select(
        [orders.goods_fen >= 100 * floor for floor, _ in COUPONS[::-1]], [100 * off for _, off in COUPONS[::-1]], 0
    )
    orders["coupon_fen"] = np.where(holds, np.where(is_picky, np.maximum(best, _OPEN_FEN), best), 0)
    orders["voucher_fen"] = _vouchers(scene, orders)
    orders["is_redeemed"] = orders.voucher_fen > 0
    orders["coupon_fen"] += orders.voucher_fen
    orders["net_fen"] = orders.goods_fen - orders.coupon_fen
    orders["postage_fen"] = np.where(orders.net_fen < _FREE_FROM_FEN, _POSTAGE_FEN, 0)
    is_event = np.zeros(len(orders), bool)
    for event in (event for event in scene.events if event.is_held):
        is_event |= orders.day.between(event.first, event.last)
    gets = is_event & (scene.draws.uniform("platform", *key) < _PLATFORM_RATE)
    packet = 100 * np.array(_PLATFORM_YUAN)[scene.draws.integer("packet", len(_PLATFORM_YUAN), *key)]
    orders["platform_fen"] = np.where(gets, np.minimum(packet, orders.net_fen // 5), 0)
    orders["paid_fen"] = orders.net_fen + orders.postage_fen - orders.platform_fen
    return orders


def _vouchers(scene: Scene, orders: pd.DataFrame) -> Ints:
    """What the vouchers of messages take off beyond the shop's other coupons; each is used once, where it is the better."""
    sent = campaigns(scene.world, scene.draws)
    floor, off = (100 * np.array([getattr(c, name) for c in sent] + [0]) for name in ("floor", "off"))
    beyond = off[orders.voucher] - orders.coupon_fen.to_numpy()
    uses = (orders.voucher >= 0) & (orders.goods_fen >= floor[orders.voucher]) & (beyond > 0)
    is_used = uses.groupby([orders.customer, orders.voucher]).cumsum() > 1
    return np.asarray(np.where(uses & ~is_used, beyond, 0), np.int64)


def _costs(orders: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """What the platform and the carrier take of each order."""
    orders = orders.copy()
    parcel = parcel_fen(people)[orders.customer]
    orders["fee_fen"] = (orders.net_fen * FEE).round().astype("int64")
    orders["logistics_fen"] = parcel * (1 + (orders.units - 1) // _PARCEL_UNITS)
    return orders


def parcel_fen(people: pd.DataFrame) -> Ints:
    """What a parcel to each customer costs."""
    return np.asarray(np.array([fen for *_, fen in PLACES])[people.place.to_numpy()], np.int64)


def _spread(lines: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Each line's part of its order's amounts, in proportion to price × quantity."""
    lines = lines.rename(columns={"sold": "units", "quantity": "wanted"})
    for name in ("net_fen", "coupon_fen", "platform_fen"):
        lines[name] = allocate(orders[name].to_numpy(), lines["order"].to_numpy(), lines.goods_fen.to_numpy())
    lines["paid_fen"] = lines.net_fen - lines.platform_fen
    return lines.rename(columns={"units": "quantity"})


def allocate(totals: Ints, owner: Ints, weights: Ints) -> Ints:
    """Whole parts of each owner's total, proportional to weights, that sum to it; a line is at most 1 fen off.

    owner: place in totals of each part, ascending.
    """
    frame = pd.DataFrame({"owner": owner, "weight": weights})
    sums = frame.groupby("owner").weight
    up_to, all_ = sums.cumsum().to_numpy(), np.maximum(sums.transform("sum").to_numpy(), 1)
    edge = (2 * totals[owner] * up_to + all_) // (2 * all_)
    is_first = np.r_[True, owner[1:] != owner[:-1]]
    return np.asarray(np.where(is_first, edge, np.diff(edge, prepend=0)), np.int64)


def add_no_sales(scene: Scene, orders: pd.DataFrame, lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Also the orders that are no sales, each made after the pattern of a true one, which stays as it is.

    unpaid: the same order minutes before, closed for want of payment. fake: a brushing account's copy, 1 to 9 hours
    later, paid back outside. gift: its first SKU sent free of charge some days later. They touch no stock.
    """
    world, draws = scene.world, scene.draws
    key = (orders.key, orders.number)
    minutes = 60 * (3 + draws.integer("unpaid minutes", 40, *key))
    shifts = {
        UNPAID: -minutes,
        FAKE: 3600 + draws.integer("fake seconds", 8 * 3600, *key),
        GIFT: 86_400 * (3 + draws.integer("gift days", 12, *key)) + minutes,
    }
    rates = {UNPAID: world.unpaid_rate, FAKE: world.fake_rate, GIFT: world.gift_rate}
    parts, line_parts = [orders], [lines]
    for kind, rate in rates.items():
        at = orders["at"] + pd.to_timedelta(shifts[kind], unit="s")
        chosen = (draws.uniform(kind, *key) < rate) & (at >= world.starts_at) & (at < world.ends_at)
        copies, copied = _copies(orders.assign(at=at)[chosen], lines, kind)
        if len(copies):
            line_parts.append(copied.assign(order=copied["order"] + sum(len(part) for part in parts)))
            parts.append(copies)
    return pd.concat(parts, ignore_index=True), pd.concat(line_parts, ignore_index=True)


def _copies(chosen: pd.DataFrame, lines: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Copies of orders and of their lines, the latter numbered by the former's places; a gift is one unit for nothing."""
    places = pd.Series(np.arange(len(chosen)), index=chosen.index)
    copied = lines[lines["order"].isin(chosen.index)].copy()
    copied["order"] = copied["order"].map(places).astype("int64")
    copies = chosen.reset_index(drop=True).assign(kind=kind, why=kind, event=-1, fee_fen=0)
    money = [name for name in copies if name.endswith("_fen")]
    if kind == UNPAID:
        copies = copies.assign(paid_fen=0, platform_fen=0, logistics_fen=0)
    if kind == GIFT:
        copied = copied[copied.line == 1].assign(quantity=1)
        copied[["net_fen", "paid_fen", "coupon_fen", "platform_fen", "goods_fen", "price_fen"]] = 0
        copies[money] = 0
        copies["units"] = 1
    return copies, copied
