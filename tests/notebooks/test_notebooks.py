"""Every notebook keeps the house's form, and runs on small brands through the real runner."""

import ast
import asyncio
import json
import re
import shutil

import nbformat
import pytest
import zmq
from by_hand import BRANDS
from nbclient import NotebookClient
from shopkeeper.places import PROJECT

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def cells(path, kind):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


@EACH
def test_its_name_is_numbered_and_it_opens_with_one_question(path):
    assert re.fullmatch(r"\d\d_[a-z_]+\.ipynb", path.name)
    titles = [line for cell in cells(path, "markdown") for line in cell.source.splitlines() if line.startswith("# ")]
    assert len(titles) == 1
    assert nbformat.read(path, as_version=4).cells[0].source.startswith(titles[0])


@EACH
def test_its_cells_are_few_short_and_without_output(path):
    code = cells(path, "code")
    assert len(code) <= 25
    assert [cell.source for cell in code if len([line for line in cell.source.splitlines() if line.strip()]) > 12] == []
    assert [cell.source for cell in code if cell.outputs or cell.execution_count] == []


@EACH
def test_its_logic_is_in_the_library(path):
    banned = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.With, ast.If, ast.Lambda)
    trees = [ast.parse(cell.source) for cell in cells(path, "code")]
    assert [ast.unparse(node) for tree in trees for node in ast.walk(tree) if isinstance(node, banned)] == []
    text = "\n".join(cell.source for cell in cells(path, "code"))
    assert (
        re.findall(
            r"read_(?:csv|parquet|excel)|open\(|rcParams|set_theme|filterwarnings|^[%!]|Path\(|now\(\)|today\(\)",
            text,
            re.MULTILINE,
        )
        == []
    )


@EACH
def test_it_carries_the_parameters_and_tags_of_every_notebook_and_no_other_tag(path):
    nb = nbformat.read(path, as_version=4)
    assert nb.metadata.kernelspec.name == "python3"
    tagged = [(tag, cell.cell_type) for cell in nb.cells for tag in cell.metadata.get("tags", [])]
    assert {tag for tag, _ in tagged} <= {"parameters", "explore", "finish"}
    assert [tag for tag, kind in tagged if kind == "code"] == ["parameters", "explore", "finish"]
    assert nb.cells[-1].source.strip() == "page.finish()"
    [parameters] = [cell for cell in nb.cells if "parameters" in cell.metadata.get("tags", [])]
    assert re.findall(r"^(\w+): ", parameters.source, re.MULTILINE)[:4] == ["brand", "as_of", "language", "seed"]
    assert all("#" in line for line in parameters.source.splitlines())


@EACH
def test_its_markdown_serves_every_brand(path):
    """No brand's number: method may name days and percent, never money or a year."""
    text = "\n".join(cell.source for cell in cells(path, "markdown"))
    assert re.findall(r"[$£€¥]\s?\d|\b(?:19|20)\d\d\b", text) == []


def page(reports, brand, path, language="en"):
    [found] = (reports / brand).glob(f"*/{path.stem}.{language}.html")
    return found


def state(reports, brand, path, language="en"):
    return json.loads(page(reports, brand, path, language).with_suffix(".json").read_text())


@EACH
def test_a_good_brand_gets_a_first_screen_that_answers(small_reports, path):
    said = state(small_reports, "good", path)
    assert said["status"] == "made"
    assert said["headline"]
    assert 3 <= len(said["tiles"]) <= 5
    assert all(tile["interval"] and tile["value"] != "–" for tile in said["tiles"])


@EACH
@pytest.mark.parametrize("brand", ["few", "totals"])
def test_a_brand_with_too_little_gets_one_page_that_says_so(small_reports, path, brand):
    assert state(small_reports, brand, path)["status"] == "missing"
    text = page(small_reports, brand, path).read_text()
    assert "This report cannot be made yet." in text
    assert "Traceback" not in text


@EACH
def test_a_brand_of_guests_alone_gets_what_can_be_said(small_reports, path):
    assert state(small_reports, "guests", path)["status"] in {"made", "missing"}


@EACH
@pytest.mark.parametrize("brand", BRANDS)
def test_the_english_page_holds_no_chinese_and_the_chinese_page_is_chinese(small_reports, path, brand):
    assert CHINESE.findall(page(small_reports, brand, path).read_text()) == []
    chinese = page(small_reports, brand, path, "zh").read_text()
    assert 'lang="zh-CN"' in chinese
    body = re.sub(r"(?s)<style>.*?</style>|<footer>.*|<svg.*?</svg>|<code>.*?</code>", "", chinese)
    words = re.findall(r"[A-Za-z]{4,}(?: [A-Za-z]{4,}){2,}", re.sub(r"<[^>]+>", "\n", body))
    assert words == []


@EACH
def test_nothing_of_the_machine_stands_in_a_page(small_reports, path):
    text = page(small_reports, "good", path).read_text()
    assert str(PROJECT) not in text
    assert "import " not in re.sub(r"(?s)<style>.*?</style>", "", text)


@EACH
def test_a_report_can_be_mailed(small_reports, path):
    assert page(small_reports, "good", path).stat().st_size < 500_000


def execute(nb, folder):
    """Run every cell. To answer an Output widget nbclient writes past its own watch on the socket, which then can miss a reply that comes
    meanwhile: so somebody looks every second.
    """
    client = NotebookClient(nb, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(folder)}})

    def look(**_):
        if client.kc is not None:
            client.kc.shell_channel.socket.get(zmq.EVENTS)
            asyncio.get_running_loop().call_later(1, look)

    client.on_notebook_start = look
    client.execute()


@EACH
def test_it_runs_in_jupyterlab_too_with_its_widgets(bench, small_reports, path):
    shutil.copytree(small_reports.parent / "data" / "good", bench / "data" / "good")
    nb = nbformat.read(path, as_version=4)
    [parameters] = [cell for cell in nb.cells if "parameters" in cell.metadata.get("tags", [])]
    parameters.source += '\nbrand = "good"'
    execute(nb, path.parent)
    shown = [output for cell in nb.cells for output in cell.get("outputs", [])]
    assert [output for output in shown if output.output_type == "error"] == []
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in shown)
