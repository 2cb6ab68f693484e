import nbformat
import pytest
from shopkeeper.places import PROJECT
from shopkeeper.run.plan import UsageError, check_day, notebooks, typed_parameters


def notebook(tmp_path, *parameters):
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_code_cell(text, metadata={"tags": ["parameters"]}) for text in parameters]
    path = tmp_path / "09_test.ipynb"
    nbformat.write(nb, path)
    return path


CELL = 'brand: str = "x"\nhorizon: int = 28\nshare: float = 0.5\nis_fast: bool = False\nnote: str | None = None\nwindow: int | None = None'


def test_values_take_the_type_that_the_cell_gives_them(tmp_path):
    given = {"brand": "007", "horizon": "7", "share": "1", "is_fast": "true", "note": "", "window": "3"}
    typed = typed_parameters(notebook(tmp_path, CELL), given)
    assert typed == {"brand": "007", "horizon": 7, "share": 1.0, "is_fast": True, "note": None, "window": 3}
    assert [type(value) for value in typed.values()] == [str, int, float, bool, type(None), int]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("brnad", "x", "has no such parameter; it has brand, horizon"),
        ("horizon", "abc", "takes int here, such as 28"),
        ("horizon", "7.5", "takes int here"),
        ("is_fast", "maybe", "takes bool here, such as true"),
        ("api_key", "123", "no secret may be one"),
        ("Password", "123", "no secret may be one"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(tmp_path, name, value, fault):
    with pytest.raises(UsageError, match=fault):
        typed_parameters(notebook(tmp_path, CELL), {name: value})


def test_a_notebook_has_one_parameters_cell_with_every_type_written(tmp_path):
    with pytest.raises(UsageError, match="has 0 cells tagged"):
        typed_parameters(notebook(tmp_path), {})
    with pytest.raises(UsageError, match=r"every parameter carries its type; write `brand: str = 'x'`"):
        typed_parameters(notebook(tmp_path, "brand = 'x'"), {})


@pytest.mark.parametrize("chosen", ["01", "01_profiling", "01_profiling.ipynb"])
def test_a_notebook_is_chosen_by_number_or_name(chosen):
    assert notebooks([chosen]) == [PROJECT / "notebooks" / "01_profiling.ipynb"]


def test_an_unknown_notebook_is_refused():
    with pytest.raises(UsageError, match=r"no notebook 99; there are 01_profiling"):
        notebooks(["99"])


def test_a_day_is_a_day():
    assert check_day("2024-02-29") == "2024-02-29"
    assert check_day("") == ""
    with pytest.raises(UsageError, match="not a day"):
        check_day("2023-02-29")
