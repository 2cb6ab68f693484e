import pytest
from shopkeeper.dictionary import dictionary
from shopkeeper.places import PROJECT
from shopkeeper.tables import TABLES, DataError, offenders


def test_the_data_dictionary_is_the_schemas():
    assert (PROJECT / "data" / "README.md").read_text(encoding="utf-8") == dictionary()


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_what_a_schema_refers_to_is_there(table):
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert {*table.key, *table.later, *table.measured, table.planned} <= {*names, ""}
    assert table.known in {*names, "", "period_end"}
    assert not table.through or set(TABLES[table.through].key) <= set(names)


def test_a_table_without_a_date_is_declared_constant_or_hangs_on_one_that_has():
    dated = {"time", "date"}
    undated = {t.name for t in TABLES.values() if not t.known and not t.through}
    assert undated == {"products", "bundles", "customers", "attributes", "supply", "targets"}
    assert all(
        TABLES[t.known and t.name].column(t.known).type in dated
        for t in TABLES.values()
        if t.known not in {"", "period_end"}
    )


def test_an_error_names_the_first_three_offenders():
    assert offenders([1041, 1077, 2210]) == "1041, 1077, 2210"
    assert offenders([1, 2, 3, 4]) == "1, 2, 3, …"


def test_jupyterlab_shows_a_data_error_without_its_traceback():
    assert DataError("orders: none")._render_traceback_() == ["DataError: orders: none"]
