import ibis
import numpy as np
import pandas as pd
import pytest
from by_hand import make_orders, rows
from shopkeeper.customers import demographics
from shopkeeper.report.words import Words, plain

EN = Words("en", "CNY")


def people(fact, **counts):
    """Facts and groups of customers: counts[group] is the number with each value; the facts, the groups."""
    held = [
        (f"{group}{value}{k}", fact, f"{fact}{value}", group)
        for group, numbers in counts.items()
        for value, n in enumerate(numbers)
        for k in range(n)
    ]
    frame = pd.DataFrame(held, columns=["customer_id", "fact", "value", "group"])
    return frame.drop(columns="group"), frame.set_index("customer_id").group


def shown(fact="age", **counts):
    return demographics.stand_out(demographics.compare(*people(fact, **counts)))


def test_facts_about_skus_and_strangers_are_left_out():
    attributes = ibis.memtable(
        [("ana", "age", "25-34"), ("tea-01", "age", "2 years"), ("never bought", "age", "35-44")],
        schema={"subject": "string", "name": "string", "value": "string"},
    )
    orders = make_orders(("ana", "2024-01-01", 1), (None, "2024-01-01", 1))
    assert rows(demographics.customer_facts(attributes, orders)) == [
        {"customer_id": "ana", "fact": "age", "value": "25-34"}
    ]


def test_the_index_is_the_groups_share_over_that_of_all_with_the_fact():
    cells = demographics.compare(*people("age", vip=(30, 10), rest=(10, 50)))
    vip = cells[(cells.group == "vip") & (cells.value == "age0")].iloc[0]
    assert vip[["customers", "of", "known", "known_of", "share", "share_all"]].tolist() == [30, 40, 40, 100, 0.75, 0.4]
    assert vip["index"] == pytest.approx(1.875)
    assert vip.p == pytest.approx(1.2e-8, rel=0.2)  # 2 × the hypergeometric tail


def test_a_value_nobody_in_a_group_has_is_a_cell_and_customers_without_fact_or_group_are_none():
    facts, groups = people("age", vip=(20, 0), rest=(10, 50))
    groups["without a fact"] = "vip"
    facts.loc[len(facts)] = ["without a group", "age", "age0"]
    cells = demographics.compare(facts, groups)
    assert cells[(cells.group == "vip") & (cells.value == "age1")].iloc[0][
        ["customers", "of", "known_of"]
    ].tolist() == [0, 20, 80]


def test_margins_under_five_are_not_compared():
    assert demographics.compare(*people("age", vip=(2, 2), rest=(30, 30))).empty  # nor what is left of them
    assert set(demographics.compare(*people("age", a=(4, 20, 20), b=(0, 20, 20))).value) == {"age1", "age2"}


def test_what_stands_out_holds_the_index_in_an_interval_that_excludes_1():
    cells = shown(vip=(30, 10), rest=(20, 60))
    assert cells[["group", "value"]].to_numpy().tolist()[0] == ["vip", "age0"]
    assert ((cells.index_low < cells["index"]) & (cells["index"] < cells.index_high)).all()
    assert ((cells.index_low > 1) | (cells.index_high < 1)).all()
    assert shown(vip=(20, 20), rest=(40, 41)).empty


def test_the_interval_of_the_index_is_that_of_the_ratio_to_the_rest_carried_over():
    cells = demographics.compare(*people("age", vip=(40, 10), rest=(50, 100)))
    found = demographics.stand_out(cells[(cells.group == "vip") & (cells.value == "age0")])
    ratio = np.log((40.5 / 50.5) / (50.5 / 150.5))
    error = (1 / 40.5 - 1 / 50.5 + 1 / 50.5 - 1 / 150.5) ** 0.5
    low, high = (np.exp(ratio + sign * 1.6449 * error) for sign in (-1, 1))
    expected = [each / (0.25 * each + 0.75) for each in (low, high)]
    assert found[["index_low", "index_high"]].to_numpy()[0].tolist() == pytest.approx(expected, rel=1e-3)


def test_no_cell_and_no_complement_of_under_five_is_shown():
    assert shown(vip=(4, 60), rest=(200, 60)).query("value == 'age0' or value == 'age1'").empty  # 4, and 64 - 60
    assert shown(vip=(60, 3), rest=(10, 200)).empty
    assert len(shown(vip=(60, 6), rest=(10, 200))) == 4


def test_what_could_be_subtracted_takes_the_smallest_of_its_line_with_it():
    cells = demographics.compare(*people("age", vip=(60, 30, 3), rest=(20, 5, 200)))
    safe = demographics._safe(cells)
    vip = safe[safe.group == "vip"]
    assert vip.value.tolist() == ["age0"]  # with age1 shown too, 93 - 60 - 30 would tell of three
    for line, total in ((["fact", "group"], "of"), (["fact", "value"], "known")):
        rest = safe[total] - safe.groupby(line).customers.transform("sum")
        assert not rest.between(1, 4).any()


def drawn(seed, shares):
    """400 customers in four groups; shares[group] are the chances of each of six values."""
    draw = np.random.default_rng(seed)
    groups = pd.Series(draw.choice(4, 400, p=[0.1, 0.2, 0.3, 0.4]).astype(str), [f"c{n}" for n in range(400)])
    values = [
        str(value)
        for value in (draw.random(400)[:, None] > shares.cumsum(axis=1)[:, :5][groups.astype(int)]).sum(axis=1)
    ]
    return pd.DataFrame({"customer_id": groups.index, "fact": "age", "value": values}), groups


def stands_out(seeds, shares):
    """What stands out in each of the worlds; they are compared at once, each by its own name of the fact."""
    worlds = [drawn(seed, shares) for seed in seeds]
    facts = pd.concat([facts.assign(fact=f"world {n}", customer_id=f"{n} " + facts.customer_id) for n, (facts, _) in enumerate(worlds)])  # fmt: skip
    groups = pd.concat([groups.rename(lambda name, n=n: f"{n} {name}") for n, (_, groups) in enumerate(worlds)])
    found = [demographics.stand_out(cells) for _, cells in demographics.compare(facts, groups).groupby("fact")]
    assert len(found) == len(worlds)
    return found


def test_where_nothing_differs_hardly_anything_is_shown():
    alike = np.tile([0.06, 0.18, 0.24, 0.36, 0.07, 0.09], (4, 1))
    assert np.mean([len(cells) > 0 for cells in stands_out(range(200), alike)]) <= 0.1


def test_nine_in_ten_of_the_intervals_shown_hold_the_truth():
    weight, spread = np.array([0.1, 0.2, 0.3, 0.4]), np.random.default_rng(5).normal(0, 0.5, (4, 6))
    shares = np.exp(spread) / np.exp(spread).sum(axis=1, keepdims=True)
    truth = shares / (weight @ shares)
    inside = [
        row.index_low <= truth[int(row.group), int(row.value)] <= row.index_high
        for cells in stands_out(range(150), shares)
        for row in cells.itertuples()
    ]
    assert len(inside) >= 300
    assert 0.88 <= np.mean(inside) <= 0.96


NAMES = {"vip": plain("VIPs"), "rest": plain("the rest")}


def test_the_title_names_what_stands_out_most_and_how_much_was_compared():
    cells = demographics.compare(*people("age", vip=(30, 10), rest=(10, 50)))
    rows_ = demographics.named(demographics.stand_out(cells), NAMES)
    said = EN.text(demographics.title(rows_, len(cells)))
    assert said.startswith("VIPs: 75% have age: age0, against 40% of all (index 188, 90%: ")
    assert said.endswith("4 of 4 comparisons stand out beyond chance")


def test_the_title_says_when_nothing_stands_out_or_can():
    none = demographics.named(shown(vip=(20, 20), rest=(40, 41)), NAMES)
    assert (
        EN.text(demographics.title(none, 4))
        == "In none of 4 comparisons does a group differ from the rest beyond chance"
    )
    less = demographics.named(shown(vip=(30, 10), rest=(10, 50)), NAMES)
    assert EN.text(demographics.title(less.tail(1), 4)).startswith("the rest: 17% have age: age0, against 40% of all")
    assert EN.text(demographics.title(none, 0)) == "Too few customers have facts and groups to compare"


def test_how_many_have_any_fact_is_said_and_few_are_not_told_apart():
    facts, _ = people("age", vip=(30, 10), rest=(10, 50))
    assert "known of 100 of 400 customers (25%)" in EN.text(demographics.known_told(facts, 400))
    assert "known of <5 of 400 customers (–)" in EN.text(demographics.known_told(facts.head(3), 400))


def test_the_ten_furthest_are_drawn():
    rows_ = demographics.named(shown(vip=(60, 6), rest=(10, 200)), NAMES)
    many = pd.concat([rows_] * 4, ignore_index=True)
    labels = [label.get_text() for label in demographics.plot_demographics(many, EN).axes[0].get_yticklabels()]
    assert len(labels) == 10
    assert "VIPs\nage: age0" in labels
