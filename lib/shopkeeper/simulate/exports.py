"""Exports: the half-years that a merchant saves, what each knew of an order, and how a file is written."""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from shopkeeper.simulate.checkout import MEMOS, UNPAID
from shopkeeper.simulate.draws import Draws, Ints
from shopkeeper.simulate.history import History
from shopkeeper.simulate.identities import fake_nicks, receivers
from shopkeeper.simulate.world import World

OVERLAP = 14  # days before its half-year that an export holds too
_MODERN = 2026  # year from which the platform exports XLSX
SHOP = "Aurora旗舰店"

WAITING, SENT, DONE, CLOSED = "买家已付款，等待卖家发货", "卖家已发货，等待买家确认", "交易成功", "交易关闭"


@dataclass(frozen=True)
class Export:
    """One half-year, exported right after it: label, its span with the overlap, and whether it is XLSX."""

    label: str
    since: pd.Timestamp
    until: pd.Timestamp  # excluded

    @property
    def is_modern(self) -> bool:
        """Whether the platform had changed to its newer layout."""
        return self.label >= str(_MODERN)


def half_years(world: World) -> list[Export]:
    """The exports that cover the world's days."""
    exports = []
    start = world.first_day
    while start <= world.last_day:
        half = 1 if start.month < 7 else 2
        end = min(dt.date(start.year + (half == 2), 7 if half == 1 else 1, 1), world.last_day + dt.timedelta(days=1))
        since = pd.Timestamp(start - dt.timedelta(days=OVERLAP))
        exports.append(Export(f"{start.year}H{half}", since, pd.Timestamp(end)))
        start = end
    return exports


def stated(history: History) -> pd.DataFrame:
    """Orders with what every export says of them alike: buyer, receiver, memos, titles, in order of time."""
    draws, people, orders = history.scene.draws, history.people, history.orders.copy()
    who = receivers(draws, people).iloc[orders.customer].reset_index(drop=True)
    orders[["name", "address", "phone"]] = who
    is_fake = (orders.kind == "fake").to_numpy()
    orders["nick"] = np.where(is_fake, fake_nicks(draws, orders), people.nick.to_numpy()[orders.customer])
    which = draws.integer("memo", 2, orders.key, orders.number)
    orders["memo"] = [MEMOS[k][w] if k in MEMOS else "" for k, w in zip(orders.kind, which, strict=True)]
    orders["message"] = _messages(draws, history, orders)
    orders["title"] = _titles(history)
    return orders


def _titles(history: History) -> list[str]:
    """The titles in each order, joined as the platform joins them."""
    titles = history.scene.catalogue.skus["product"].to_list()
    held: list[list[str]] = [[] for _ in range(len(history.orders))]
    for order, sku in zip(history.lines["order"], history.lines.sku, strict=True):
        held[order].append(titles[sku])
    return ["，".join(of) for of in held]


def _messages(draws: Draws, history: History, orders: pd.DataFrame) -> list[str]:
    """What buyers write: mostly nothing; on presents, that they are ones."""
    sets = history.lines.sku.isin(history.scene.catalogue.bundles["sku"])
    with_set = orders.index.isin(history.lines["order"][sets])
    u = draws.uniform("message", orders.key, orders.number)
    texts = np.select([with_set & (u < 0.3), u > 0.985], ["送人的，请不要放小票", "麻烦尽快发货，谢谢"], "")
    return [str(text) for text in texts]


def known(orders: pd.DataFrame, returns: pd.DataFrame, export: Export) -> pd.DataFrame:
    """The orders of an export, newest first, with status, refund_fen and settled_fen as they stood at its end.

    Times that lay ahead of it are not times. settled_fen: what the platform has passed on, once the buyer confirmed.
    """
    view = orders[(orders["at"] >= export.since) & (orders["at"] < export.until)].copy()
    for name in ("paid_at", "sent_at", "confirmed_at"):
        view[name] = view[name].where(view[name] < export.until)
    is_closed = (view.kind == UNPAID) | (view.closed_at < export.until)
    stages = [is_closed, view.confirmed_at.notna(), view.sent_at.notna()]
    view["status"] = np.select(stages, [CLOSED, DONE, SENT], WAITING)
    granted = returns[returns.is_granted & (returns.done_at < export.until)]
    refund = granted.groupby("order").refund_fen.sum().reindex(view.index, fill_value=0)
    view["refund_fen"] = refund
    due = view.net_fen + view.postage_fen - refund
    view["settled_fen"] = due.where(view.status == DONE, 0).clip(lower=0)
    return view.sort_values(["at", "order_id"], ascending=False)


def yuan(fen: pd.Series | Ints) -> list[str]:
    """Amounts in yuan: 16915 → 169.15."""
    return [f"{value // 100}.{value % 100:02d}" for value in np.asarray(fen).tolist()]


def stamps(times: pd.Series) -> list[str]:
    """Times as the platform writes them; nothing where there is none."""
    texts = np.datetime_as_string(times.to_numpy().astype("datetime64[s]"), unit="s")
    return [text.replace("T", " ") if text != "NaT" else "" for text in texts.tolist()]


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[object]], encoding: str = "utf-8") -> None:
    """A CSV with Windows line ends, as spreadsheets write it."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(headers)
        writer.writerows(rows)
