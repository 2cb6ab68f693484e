import datetime as dt

import nbformat
import pytest
from shopkeeper.report.export import ExportError, Provenance, missing_html, report_html

ABOUT = Provenance(
    brand="<Acme>", currency="CNY", language="en", notebook="01_x.ipynb", as_of=dt.date(2024, 1, 31), first_day=dt.date(2023, 1, 1),
    parameters={"brand": "acme"}, commit="abc", data="0123456789abcdef", versions={"pandas": "2.3"}, seconds=1.5, made_at=dt.datetime(2024, 2, 1),
)  # fmt: skip


def notebook(tmp_path, *cells):
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_markdown_cell("# Is it so?\n\nFor someone."), *cells]
    path = tmp_path / "nb.ipynb"
    nbformat.write(nb, path)
    return path


def shown(markup, **metadata):
    cell = nbformat.v4.new_code_cell("secret_code()")
    cell.outputs = [
        nbformat.v4.new_output("display_data", {"text/html": markup}, metadata={"shopkeeper": "body"} | metadata)
    ]
    return cell


def test_a_report_is_one_offline_file_with_a_policy_that_keeps_it_so(tmp_path):
    html = report_html(
        notebook(tmp_path, shown("<p>yes</p>")), {"headline": "It is", "tiles": [], "warnings": ["<check>"]}, ABOUT
    )
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in html
    assert "<script" not in html
    assert "secret_code" not in html
    assert "<h1>Is it so?</h1>" in html
    assert '<p class="headline">It is</p>' in html
    assert "&lt;Acme&gt;" in html
    assert '<p class="warning">&lt;check&gt;</p>' in html
    assert "0123456789ab, from 1 Jan 2023 to 31 Jan 2024" in html


def test_contents_link_to_the_parts(tmp_path):
    part = nbformat.v4.new_markdown_cell("## First & last\n\ntext")
    html = report_html(notebook(tmp_path, part), {}, ABOUT)
    assert '<a href="#part-1">First &amp; last</a>' in html
    assert '<h2 id="part-1">First &amp; last</h2>' in html


def test_parts_and_paragraphs_about_what_a_brand_lacks_are_left_out(tmp_path):
    silent, words = nbformat.v4.new_code_cell("nothing()"), nbformat.v4.new_markdown_cell
    html = report_html(
        notebook(
            tmp_path, silent, words("## Lacking"), silent, words("lacking too"), silent,
            words("## Half"), silent, words("told"), shown("<p>yes</p>"), words("untold"), silent, words("## Caveats"),
            nbformat.v4.new_code_cell("page.finish()", metadata={"tags": ["finish"]}),
        ), {}, ABOUT,
    )  # fmt: skip
    assert "For someone." in html
    assert [name for name in ("Lacking", "lacking too", "Half", "told", "untold", "Caveats") if f">{name}<" in html] == [
        "Half", "told", "Caveats",
    ]  # fmt: skip


def test_what_the_first_screen_shows_does_not_stand_in_the_body_again(tmp_path):
    html = report_html(notebook(tmp_path, shown("<p>tile</p>", shopkeeper="head")), {}, ABOUT)
    assert "tile</p>" not in html


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ("<script>1</script>", "a script"),
        ('<img src="https://x/y.png">', "outside the file"),
        ("<a href=javascript:alert(1)>x</a>", "outside the file"),
        ('<link href="//x/y.css">', "outside the file"),
        ('<p style="background:url(http://x)">', "outside the file"),
        ("<p>" + "x" * 2_000_001, "at most 2 MB"),
    ],
)
def test_what_no_offline_page_can_hold_stops_the_export(tmp_path, markup, fault):
    with pytest.raises(ExportError, match=fault):
        report_html(notebook(tmp_path, shown(markup)), {}, ABOUT)


def test_an_output_past_the_page_stops_the_export_instead_of_vanishing(tmp_path):
    cell = nbformat.v4.new_code_cell("1")
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "1"})]
    with pytest.raises(ExportError, match=r"shows text/plain past the page"):
        report_html(notebook(tmp_path, cell), {}, ABOUT)


def test_escaped_text_that_looks_like_a_reference_is_only_text(tmp_path):
    html = report_html(notebook(tmp_path, shown("<p>&lt;img src=https://x&gt; url(http://x)</p>")), {}, ABOUT)
    assert "&lt;img src=https://x&gt;" in html


def test_a_report_that_cannot_be_made_says_why_in_one_page(tmp_path):
    html = missing_html(notebook(tmp_path, shown("<p>half a report</p>")), "acme has no <touches>", ABOUT)
    assert "acme has no &lt;touches&gt;" in html
    assert "This report cannot be made yet." in html
    assert "half a report" not in html
