import datetime as dt

from shopkeeper.ingest.rules import _take

MONDAY, TUESDAY, FRIDAY = (dt.datetime(2024, 1, day) for day in (1, 2, 5))


def test_a_return_takes_the_latest_lines_first():
    lines = [[MONDAY, "old", 1, 5], [TUESDAY, "new", 3, 2]]
    assert _take(lines, FRIDAY, 3) == [("new", 3, 2), ("old", 1, 1)]
    assert [line[3] for line in lines] == [4, 0]


def test_what_was_bought_after_the_return_cannot_be_returned_by_it():
    lines = [[MONDAY, "old", 1, 1], [FRIDAY, "new", 1, 9]]
    assert _take(lines, TUESDAY, 2) == []
    assert [line[3] for line in lines] == [1, 9]


def test_units_are_taken_back_once():
    lines = [[MONDAY, "only", 1, 3]]
    assert _take(lines, TUESDAY, 2) == [("only", 1, 2)]
    assert _take(lines, FRIDAY, 2) == []
