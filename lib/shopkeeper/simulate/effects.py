"""Effects: what each promotion changed, by a second run of the same luck without it."""

import pandas as pd

from shopkeeper.simulate.checkout import make_orders
from shopkeeper.simulate.choices import make_requests
from shopkeeper.simulate.occasions import make_occasions
from shopkeeper.simulate.scene import Scene, without


def promotion_effects(scene: Scene, people: pd.DataFrame) -> pd.DataFrame:
    """By promotion (index: its number): orders, units, net_fen over all days, with it less without it.

    Shelves are full in both runs, and no messages are sent: what these change is no effect of the promotion. Without it, customers whom it
    brought do not come, purchases moved into it stay on their days, and prices are those of a world without it.
    """
    with_it = _sums(scene, people)
    rows = []
    for number, event in enumerate(scene.events):
        others = people.assign(first_at=people.first_at.where(people.brought_by != event.name))
        rows.append(with_it - _sums(without(scene, number), others))
    return pd.DataFrame(rows, columns=with_it.index).reset_index(drop=True)


def _sums(scene: Scene, people: pd.DataFrame) -> pd.Series:
    """Orders, units and net_fen of all that is wanted."""
    occasions, _ = make_occasions(scene, people)
    requests, _ = make_requests(scene, people, occasions)
    orders, _ = make_orders(scene, people, occasions, requests.assign(sold=requests.quantity))
    return pd.Series({"orders": len(orders), "units": int(orders.units.sum()), "net_fen": int(orders.net_fen.sum())})
