"""The truth that no analysis reads: what was planted, and what came of it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from shopkeeper.simulate.aftermath import return_chances
from shopkeeper.simulate.effects import promotion_effects
from shopkeeper.simulate.future import expected_orders
from shopkeeper.simulate.history import History, line_costs
from shopkeeper.simulate.marketing import MARKETING
from shopkeeper.simulate.messages import campaigns, sent_at
from shopkeeper.simulate.names import CATEGORIES, CHANNELS, PLACES, REFILL_DAYS, WAREHOUSES
from shopkeeper.simulate.occasions import KINDS
from shopkeeper.simulate.people import rate_effects


def write_truth(folder: Path, history: History) -> None:
    """Every table of TABLES, and of MARKETING where there is any, as Parquet, and the world's settings."""
    for name, table in TABLES.items():
        table(history).to_parquet(folder / "truth" / f"{name}.parquet", index=False)
    if history.journeys is not None:
        for name, of_marketing in MARKETING.items():
            of_marketing(history, history.journeys).to_parquet(folder / "truth" / f"{name}.parquet", index=False)
    settings = asdict(history.scene.world) | {
        "segments_planted": [asdict(segment) for segment in history.scene.segments]
    }
    text = json.dumps(settings, ensure_ascii=False, indent=1, default=str)
    (folder / "truth" / "settings.json").write_text(text + "\n", encoding="utf-8")


def _customers(history: History) -> pd.DataFrame:
    """One row per arrival; first_at null: never came.

    rate: purchases a day, channel_effect in it; leaves: chance to leave after a repeat purchase; left_on: the day of
    the last occasion, null while still a customer; spend: lasting, in log; expected_orders_n: see future.py, in the n
    days after the last one.
    """
    people, days = history.people, (30, 90, 365)
    return pd.DataFrame({
        "customer": np.arange(len(people)),
        "key": people.key,
        "nick": people.nick,
        "segment": [history.scene.segments[s].name for s in people.segment],
        "channel": people.channel,
        "region": [PLACES[p][0] for p in people.place],
        "first_at": people.first_at,
        "rate": people.rate,
        "leaves": people.leaves,
        "left_on": pd.Timestamp(history.scene.world.first_day) + pd.to_timedelta(people.left, unit="D"),
        "is_alive": people.left.isna() & people.first_at.notna(),
        "basket": people.basket,
        "tier": people.tier,
        "is_masked": people.is_masked,
        "cause": people.cause,
        "brought_by": people.brought_by,
        "is_deal_only": people.is_deal_only,
        "channel_effect": people.channel_effect,
        "spend": people.spend,
        **{f"expected_orders_{n}": expected_orders(history, n) for n in days},
    })  # fmt: skip


def _skus(history: History) -> pd.DataFrame:
    """elasticity: planted; mean_elasticity: within the category, over those who buy the SKU, segments' factors in it.

    A regression on sums over customers, with SKU and category-day effects, finds it exactly where customers choose
    alike (taste 0, segment_separation 0), and some 5 to 10 % less where they do not: who likes a SKU answers least.
    marginal_elasticity: of the SKU's total demand in units to its own price, the category's demand moving with it;
    purchase days being given. share: of all lines wanted. What is lost to cheaper competitors is in the last two.
    """
    skus, shares, world, nest = history.scene.catalogue.skus, history.shares, history.scene.world, history.scene.nest
    return skus.assign(
        category=np.array(CATEGORIES)[skus.category],
        launched_on=[history.scene.world.date(day) for day in skus.launched],
        mean_elasticity=skus.elasticity * shares.factor - world.competition * shares.share_undercut,
        marginal_elasticity=skus.elasticity * shares.marginal(nest)
        - world.competition * shares.marginal_undercut(nest),
        share=shares.expected / max(shares.expected.sum(), 1.0),
    ).drop(columns="launched")


def _categories(history: History) -> pd.DataFrame:
    """elasticity: the plain mean of the SKUs' planted ones; mean_elasticity: weighted by lines, segments' factors in it.

    category_elasticity: of all the category's lines, when all its prices move together; purchase days being given.
    """
    skus, shares = history.scene.catalogue.skus, history.shares
    sums = pd.DataFrame({
        "category": np.array(CATEGORIES)[skus.category],
        "elasticity": skus.elasticity,
        "nest": history.scene.nest,
        "lines": shares.expected,
        "moved": skus.elasticity * shares.sensitive - history.scene.world.competition * shares.undercut,
    })  # fmt: skip
    by = sums.groupby("category", sort=False)
    table = by.agg(skus=("lines", "size"), elasticity=("elasticity", "mean"), nest=("nest", "first")).reset_index()
    table["mean_elasticity"] = (by.moved.sum() / by.lines.sum()).to_numpy()
    table["category_elasticity"] = table.pop("nest") * table.mean_elasticity
    table["share"] = (by.lines.sum() / sums.lines.sum()).to_numpy()
    table["refill_days"] = np.array(REFILL_DAYS)[: len(table)]
    return table


def _channels(history: History) -> pd.DataFrame:
    """customers: came through it, as a platform says; brought: for its sake. rate_effect: the factor on the purchase rate of
    those whom it brought; favoured_by: a segment, or nothing.
    """
    people = history.people[history.people.first_at.notna()]
    counts = (
        pd.DataFrame({name: people[name].value_counts() for name in ("channel", "cause")}).fillna(0).astype("int64")
    )
    names = [segment.name for segment in history.scene.segments]
    favoured = {label: names[place - 1] for label, _, place in CHANNELS if 0 < place <= len(names)}
    return pd.DataFrame({
        "channel": counts.index,
        "customers": counts.channel.to_numpy(),
        "brought": counts.cause.to_numpy(),
        "rate_effect": rate_effects(history.scene.world, history.scene.draws, counts.index.to_series()),
        "favoured_by": [favoured.get(channel, "") for channel in counts.index],
    })  # fmt: skip


def _demand(history: History) -> pd.DataFrame:
    """Units wanted and sold by day, SKU and warehouse; days without demand are left out."""
    sums = history.requests.groupby(["day", "sku", "warehouse"], as_index=False)[["quantity", "sold"]].sum()
    return _named(history, sums.rename(columns={"quantity": "demand"}))


def _named(history: History, frame: pd.DataFrame) -> pd.DataFrame:
    """Dates, codes and names in place of numbers."""
    names = {
        "day": pd.date_range(history.scene.world.first_day, periods=history.scene.world.days, unit="s").to_numpy(),
        "sku": history.scene.catalogue.skus["sku"].to_numpy(),
        "warehouse": np.array(WAREHOUSES),
    }
    return frame.assign(**{name: known[frame[name]] for name, known in names.items() if name in frame})


def _prices(history: History) -> pd.DataFrame:
    """The price of each SKU-day, the promotion that set it, and the demand shock of the week; the cost of one unit; what the
    cheapest competitor asks, null where none sells it, and the log appeal that is lost to it.
    """
    day, sku = np.indices((history.scene.world.days, len(history.scene.catalogue.skus))).reshape(2, -1)
    names = np.array([event.name for event in history.scene.events] + [""])
    cheapest = history.scene.cheapest[day, sku]
    frame = pd.DataFrame({
        "day": day,
        "sku": sku,
        "price": history.scene.prices.price[day, sku] / 100,
        "promotion": names[history.scene.prices.promotion[day, sku]],
        "shock": history.scene.prices.shock[day, sku],
        "unit_cost": history.scene.cost[day, sku] / 100,
        "competitor": np.where(np.isfinite(cheapest), cheapest, np.nan) / 100,
    })  # fmt: skip
    below = np.log(frame.price / frame.competitor).clip(lower=0).fillna(0.0)
    frame["lost_to_competitor"] = history.scene.world.competition * below
    return _named(history, frame)


def _promotions(history: History) -> pd.DataFrame:
    """What each promotion did, in orders, units and net_revenue, by kind.

    extra, brought, moved_from_before, moved_from_after, all: of what was sold. extra would not have been; brought are
    all orders, first and later, of customers who would not have come; moved would have been on another day; all is
    every order on its days. effect: the difference, over all days, to a second run without it, shelves full and no
    messages in both (effects.py); absent where the world asks for no second runs.
    """
    sold = history.orders[history.orders.kind == "sale"]
    sold = sold.assign(was_before=sold.planned < [history.scene.events[e].first if e >= 0 else 0 for e in sold.event])
    rows = []
    for number, event in enumerate(history.scene.events):
        mine = sold[sold.event == number]
        within = sold[sold.day.between(event.first, event.last)]
        kinds = {
            "extra": mine[mine.why == "extra"],
            "brought": sold[(history.people.brought_by == event.name).to_numpy()[sold.customer]],
            "moved_from_before": mine[(mine.why == "moved") & mine.was_before],
            "moved_from_after": mine[(mine.why == "moved") & ~mine.was_before],
            "all": within,
        }
        for kind, part in kinds.items():
            rows.append((event.name, kind, len(part), int(part.units.sum()), part.net_fen.sum() / 100))
    if history.scene.world.paired_promotions:
        for number, (orders, units, net) in promotion_effects(history.scene, history.people).iterrows():
            rows.append((history.scene.events[number].name, "effect", orders, units, net / 100))
    return pd.DataFrame(rows, columns=["promotion", "kind", "orders", "units", "net_revenue"])


def _campaigns(history: History) -> pd.DataFrame:
    """What each round of messages did: n_sent and n_holdout customers, and what came of it, before returns.

    extra_orders, extra_revenue: orders that would not have been, which all fall within 14 days after it, and their
    net_revenue. subsidy: what its vouchers took off orders that would have been anyway. Holding out nobody or all
    would differ by these; what they change later (whom the shop writes to next, stock) is left out.
    """
    sold = history.orders[history.orders.kind == "sale"]
    rows = []
    for number, campaign in enumerate(campaigns(history.scene.world, history.scene.draws)):
        held = history.contacts.is_held[history.contacts.campaign == number]
        mine = sold[sold.voucher == number]
        is_extra = mine.why == "message"
        figures = (is_extra.sum(), mine.net_fen[is_extra].sum() / 100, mine.voucher_fen[~is_extra].sum() / 100)
        rows.append((campaign.name, sent_at(history.scene.world, campaign), (~held).sum(), held.sum(), *figures))
    names = ["campaign", "sent_at", "n_sent", "n_holdout", "extra_orders", "extra_revenue", "subsidy"]
    return pd.DataFrame(rows, columns=names).astype({"sent_at": "datetime64[s]"})


def _occasions(history: History) -> pd.DataFrame:
    """Every occasion, also those that found nothing; planned_on: the day without promotions, null for those that only a
    promotion (extra) or a message brought. One of a message that was not sent in the end is no order.
    """
    occasions = history.occasions
    start = pd.Timestamp(history.scene.world.first_day)
    planned = pd.to_timedelta(occasions.planned.where(occasions.planned >= 0), unit="D")
    names = np.array([event.name for event in history.scene.events] + [""])
    kinds = np.array(KINDS)[occasions.kind]
    return pd.DataFrame({
        "customer": occasions.customer,
        "at": occasions["at"],
        "kind": kinds,
        "promotion": names[occasions.event],
        "planned_on": start + planned,
        "is_order": occasions.index.isin(history.requests.occasion[history.requests.sold > 0]),
    })  # fmt: skip


def _orders(history: History) -> pd.DataFrame:
    """Orders of every kind: sale, unpaid, fake, gift. voucher: what a message's took off, part of coupon."""
    orders = history.orders
    money = {name[:-4]: orders[name] / 100 for name in orders if name.endswith("_fen")}
    plain = orders[
        [
            "order_id",
            "customer",
            "at",
            "kind",
            "why",
            "paid_at",
            "sent_at",
            "delivered_at",
            "confirmed_at",
            "closed_at",
            "units",
        ]
    ]
    frame = plain.assign(**money).rename(columns={"net": "net_revenue", "paid": "customer_paid"})
    return frame.sort_values(["at", "order_id"], ignore_index=True)


def _lines(history: History) -> pd.DataFrame:
    """Lines of every order: money as the platform spreads it; the cost of one unit on that day. return_chance: planted, of true sales once delivered."""
    lines, orders = history.lines, history.orders
    owner = orders.loc[lines["order"]]
    category = history.scene.catalogue.skus.category.to_numpy()[lines.sku]
    segment = history.people.segment.to_numpy()[owner.customer]
    chance = return_chances(history.scene, lines.assign(category=category), segment)
    return pd.DataFrame({
        "order_id": owner.order_id.to_numpy(),
        "line": lines.line,
        "sku": history.scene.catalogue.skus["sku"].to_numpy()[lines.sku],
        "quantity": lines.quantity,
        "list_price": lines.list_fen / 100,
        "price": lines.price_fen / 100,
        "net_revenue": lines.net_fen / 100,
        "customer_paid": lines.paid_fen / 100,
        "coupon_discount": lines.coupon_fen / 100,
        "platform_discount": lines.platform_fen / 100,
        "unit_cost": line_costs(history) / 100,
        "return_chance": np.where(owner.kind == "sale", chance, 0.0),
    })  # fmt: skip


def _returns(history: History) -> pd.DataFrame:
    """Requests settled by the last day; quantity 0: no goods come back, they were kept or, if is_unshipped, never sent."""
    returns = history.returns
    named = _named(history, returns.drop(columns="refund_fen")).drop(columns="order")
    ids = history.orders.order_id.to_numpy()[returns["order"]]
    return named.assign(order_id=ids, refund=returns.refund_fen / 100)


TABLES: dict[str, Callable[[History], pd.DataFrame]] = {
    "customers": _customers,
    "skus": _skus,
    "categories": _categories,
    "channels": _channels,
    "demand": _demand,
    "prices": _prices,
    "promotions": _promotions,
    "campaigns": _campaigns,
    "occasions": _occasions,
    "orders": _orders,
    "order_lines": _lines,
    "returns": _returns,
}
