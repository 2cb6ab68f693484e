"""The real runner on small notebooks that behave well and badly: each failure stays alone, each good report stays."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import nbformat
import pytest
from by_hand import command, lay_out, orders_csv, write_brand

SHOPKEEPER = [sys.executable, "-c", "from shopkeeper.cli import main; main()"]
ORDERS = orders_csv(*[(n, "ana", f"2024-01-{n:02d}", 10) for n in range(1, 29)])
GOOD = """
from shopkeeper.report.page import Page
from shopkeeper.report.words import plain
page = Page(brand, as_of, language)
page.headline(plain(f"{page.shop.orders.count().to_pyarrow()} orders"))
"""


def write_notebook(folder, name, code, finish="page.finish()"):
    nb = nbformat.v4.new_notebook()
    parameters = 'brand: str = "acme"\nas_of: str = ""\nlanguage: str = "en"\nlevel: int = 1'
    cell = nbformat.v4.new_code_cell
    nb.cells = [
        nbformat.v4.new_markdown_cell(f"# {name}?\n\ntext"),
        cell(parameters, metadata={"tags": ["parameters"]}),
        cell(code),
        cell(finish),
    ]
    nbformat.write(nb, folder / f"{name}.ipynb")


@pytest.fixture
def small(bench, monkeypatch):
    """A workbench with one brand and one well-behaved notebook."""
    (bench / "notebooks").mkdir()
    monkeypatch.setenv("SHOPKEEPER_NOTEBOOKS", str(bench / "notebooks"))
    write_brand("acme", {"orders.csv": ORDERS})
    write_notebook(bench / "notebooks", "01_good", GOOD)
    return bench


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """A workbench with one brand and one well-behaved notebook, after a run: its folder."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        lay_out(folder, patch)
        (folder / "notebooks").mkdir()
        patch.setenv("SHOPKEEPER_NOTEBOOKS", str(folder / "notebooks"))
        write_brand("acme", {"orders.csv": ORDERS})
        write_notebook(folder / "notebooks", "01_good", GOOD)
        assert command(patch, "run") == 0
    return folder


@pytest.fixture
def made(small, first_run):
    """The small workbench after its first run."""
    shutil.copytree(first_run, small, dirs_exist_ok=True)
    return small


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def shopkeeper(monkeypatch, capsys):
    """The command line, in this process: importing it anew for each command would take most of the time."""

    def call(*arguments):
        capsys.readouterr()
        return Ended(command(monkeypatch, *arguments), *capsys.readouterr())

    return call


def report(bench, name="01_good", brand="acme", language="en", as_of="2024-01-28"):
    return bench / "reports" / brand / as_of / f"{name}.{language}.html"


def children_of(marker):
    """Processes whose environment names the marker: kernels of a run, wherever they were adopted."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    content = file.read()
                with open(f"/proc/{entry}/stat") as file:
                    state = file.read().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if str(marker).encode() in content and b"SHOPKEEPER_RESULT" in content and state != "Z":
                found.append(int(entry))
    return found


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_a_run_writes_the_report_and_the_index_and_the_next_does_nothing(small, shopkeeper):
    first = shopkeeper("run")
    assert first.returncode == 0, first.stderr
    assert "28 orders" in report(small).read_text()
    assert "28 orders" in (small / "reports" / "index.html").read_text()
    assert "acme/2024-01-28/01_good.en.html" in (small / "reports" / "index.html").read_text()
    stamp = report(small).stat().st_mtime_ns
    second = shopkeeper("run")
    assert "1 of 1 reports are up to date" in second.stdout
    assert report(small).stat().st_mtime_ns == stamp
    events = [json.loads(line)["event"] for line in (small / "reports" / "events.jsonl").read_text().splitlines()]
    assert events == ["run", "import", "job", "run", "import"]
    assert not list((small / "reports" / ".work").iterdir())


def test_why_names_the_input_that_changed_and_only_that_report_is_made_again(small, shopkeeper):
    write_brand("bravo", {"orders.csv": ORDERS})
    assert shopkeeper("run").returncode == 0
    stamp = report(small, brand="bravo").stat().st_mtime_ns
    write_brand("acme", {"orders.csv": ORDERS.replace(",10\r\n", ",11\r\n")})
    assert (
        shopkeeper("why", "acme").stdout.strip()
        == "acme 01_good 2024-01-28 en: out of date: raw file orders.csv changed"
    )
    assert shopkeeper("import", "acme").returncode == 0
    assert shopkeeper("why", "acme").stdout.strip() == "acme 01_good 2024-01-28 en: out of date: data changed"
    assert shopkeeper("run").returncode == 0
    assert report(small, brand="bravo").stat().st_mtime_ns == stamp
    write_notebook(small / "notebooks", "01_good", GOOD + "\n1 + 1;")
    assert "out of date: notebook changed" in shopkeeper("status").stdout


def test_settings_and_rows_left_out_are_inputs_too(made, shopkeeper):
    toml = made / "data" / "acme" / "brand.toml"
    toml.write_text(toml.read_text().replace('title = "acme"', 'title = "Acme & Sons"').replace("CNY", "EUR"))
    assert shopkeeper("run").returncode == 0
    assert "Acme &amp; Sons" in report(made).read_text()
    assert "Acme &amp; Sons" in (made / "reports" / "index.html").read_text()
    stamp = report(made).stat().st_mtime_ns
    (made / "data" / "acme" / "raw" / "orders.csv").write_text(ORDERS + "30,bo,someday,5\r\n")
    assert shopkeeper("run").returncode == 0
    assert report(made).stat().st_mtime_ns > stamp


def test_a_day_outside_the_data_makes_no_report_and_hides_none(made, shopkeeper):
    ended = shopkeeper("run", "--as-of", "2050-01-01")
    assert ended.returncode == 1
    assert "lies outside the data of acme, which run from 2024-01-01 to 2024-01-28" in ended.stdout
    assert not (made / "reports" / "acme" / "2050-01-01").exists()
    assert "acme/2024-01-28/01_good.en.html" in (made / "reports" / "index.html").read_text()


def test_a_report_that_newer_data_no_longer_bear_out_is_not_the_latest(made, shopkeeper):
    write_brand("acme", {"orders.csv": "\r\n".join(ORDERS.split("\r\n")[:21])})
    assert shopkeeper("run").returncode == 0
    index = (made / "reports" / "index.html").read_text()
    assert "acme/2024-01-20/01_good.en.html" in index
    assert "2024-01-28" not in index


def test_a_badly_named_folder_stops_no_other_brand(small, shopkeeper):
    (small / "data" / "acme").rename(small / "data" / "my brand")
    write_brand("bravo", {"orders.csv": ORDERS})
    ended = shopkeeper("run")
    assert ended.returncode == 1
    assert "'my brand' cannot be a brand's name" in ended.stdout
    assert report(small, brand="bravo").exists()
    assert shopkeeper("status").returncode == 0


def test_the_same_inputs_make_the_same_page_but_for_when_and_how_long(made, shopkeeper):
    first = report(made).read_text()
    assert shopkeeper("run", "--force").returncode == 0
    timeless = [
        re.sub(r"<dt>(Made at|Seconds it took)</dt><dd>.*?</dd>", "", text)
        for text in (first, report(made).read_text())
    ]
    assert timeless[0] == timeless[1]


def test_parameters_reach_the_notebook_in_their_type(small, shopkeeper):
    write_notebook(small / "notebooks", "01_good", GOOD + "\npage.note(plain(repr([level, brand])))")
    write_brand("007", {"orders.csv": ORDERS})
    assert shopkeeper("run", "007", "--param", "level=7").returncode == 0
    assert "[7, '007']" in report(small, brand="007").read_text()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["run", "--param", "levle=1"], "has no such parameter"),
        (["run", "--param", "level=x"], "takes int here"),
        (["run", "--param", "level"], "write it as name=value"),
        (["run", "--param", "api_key=1"], "no secret may be one"),
        (["run", "nobody"], "brand: nobody has no data/nobody/brand.toml"),
        (["run", "../acme"], "cannot be a brand's name"),
        (["run", "{}"], "cannot be a brand's name"),
        (["run", "--as-of", "soon"], "not a day"),
        (["run", "--language", "fr"], "known are en, zh"),
        (["run", "--notebook", "77"], "no notebook 77"),
        (["run", "--wrokers", "2"], "No such option"),
        (["decide", "acme", "id", "maybe"], "neither done nor declined"),
    ],
)
def test_a_wrong_call_stops_before_anything_runs(small, shopkeeper, arguments, fault):
    ended = shopkeeper(*arguments)
    assert ended.returncode == 2
    assert fault in re.sub(r"\s+", " ", ended.stderr)
    assert "Traceback" not in ended.stderr
    assert not report(small).exists()
    assert not (small / "data" / "acme" / "tables").exists()


def test_one_brands_bad_data_stop_no_other_and_leave_its_last_good_report(small, shopkeeper):
    write_brand("bravo", {"orders.csv": ORDERS})
    assert shopkeeper("run").returncode == 0
    good = report(small).read_text()
    write_brand("acme", {"orders.csv": b""})
    write_brand("bravo", {"orders.csv": ORDERS + "29,bo,2024-01-29,5\r\n"})
    ended = shopkeeper("run")
    assert ended.returncode == 1
    assert "orders.csv: 0 bytes" in ended.stdout
    assert report(small).read_text() == good
    assert report(small, brand="bravo", as_of="2024-01-29").exists()
    assert "The last import failed" in (small / "reports" / "index.html").read_text()
    write_brand("acme", {"orders.csv": ORDERS})
    assert shopkeeper("run").returncode == 0
    assert "The last import failed" not in (small / "reports" / "index.html").read_text()


@pytest.mark.parametrize(
    ("code", "finish", "options", "words"),
    [
        (GOOD + "\n1 / 0", "page.finish()", [], "ZeroDivisionError: division by zero"),
        (GOOD + "\nimport sys; sys.exit(0)", "page.finish()", [], "failed"),
        (GOOD, "1 + 1;", [], "the notebook ended before its last cell"),
        (GOOD + "\nimport os, signal; os.kill(os.getpid(), signal.SIGKILL)", "page.finish()", [], "the kernel died"),
        (GOOD + "\nwhile True: pass", "page.finish()", ["--limit", "25"], "stopped after 25 seconds, its time limit"),
        (GOOD + "\n'raw output'", "page.finish()", [], "past the page"),
    ],
    ids=["error", "exit 0", "no marker", "kill -9 of the kernel", "endless cell", "output past the page"],
)
def test_a_notebook_that_fails_leaves_the_last_good_report_and_the_next_run_finishes(
    made, shopkeeper, code, finish, options, words
):
    good = report(made).read_text()
    write_notebook(made / "notebooks", "01_good", code, finish)
    write_notebook(made / "notebooks", "02_other", GOOD)
    ended = shopkeeper("run", *options)
    assert ended.returncode == 1
    assert words in ended.stdout
    assert report(made).read_text() == good
    assert report(made, "02_other").exists()
    assert "The last run failed" in (made / "reports" / "index.html").read_text()
    assert "failed" in shopkeeper("status").stdout
    assert children_of(made) == []
    write_notebook(made / "notebooks", "01_good", GOOD + "\n1;")
    assert shopkeeper("run").returncode == 0
    assert "The last run failed" not in (made / "reports" / "index.html").read_text()


def test_too_little_data_make_a_page_that_says_so_and_that_is_no_failure(small, shopkeeper):
    write_notebook(small / "notebooks", "01_good", GOOD + '\npage.need("touches")')
    ended = shopkeeper("run", "--language", "zh")
    assert ended.returncode == 0
    text = report(small, language="zh").read_text()
    assert "acme 缺少数据表 touches" in text
    assert "这份报告暂时做不出来" in text
    assert "1 of 1 reports are up to date" in shopkeeper("run", "--language", "zh").stdout


ENDLESS = GOOD + "\nimport time\nwhile True: time.sleep(0.1)"


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_its_kernels_and_says_130(small, sign):
    write_notebook(small / "notebooks", "01_good", ENDLESS)

    def heed():  # whoever runs these tests in the background of a shell ignores SIGINT, and so would the runner
        signal.signal(signal.SIGINT, signal.default_int_handler)

    runner = subprocess.Popen([*SHOPKEEPER, "run"], stdout=subprocess.PIPE, text=True, preexec_fn=heed)
    assert wait_until(lambda: children_of(small))
    time.sleep(1)
    runner.send_signal(sign)
    assert runner.wait(timeout=20) == 130
    assert children_of(small) == []
    assert not list((small / "reports" / ".work").iterdir())


def test_a_killed_runner_leaves_no_kernel_and_the_next_run_finishes_the_work(made, shopkeeper):
    good = report(made).read_text()
    write_notebook(made / "notebooks", "01_good", ENDLESS)
    runner = subprocess.Popen([*SHOPKEEPER, "run"], stdout=subprocess.DEVNULL)
    assert wait_until(lambda: children_of(made))
    runner.kill()
    runner.wait()
    assert wait_until(lambda: not children_of(made))
    assert report(made).read_text() == good
    write_notebook(made / "notebooks", "01_good", GOOD + "\n2;")
    assert shopkeeper("run").returncode == 0
    assert not list((made / "reports" / ".work").iterdir())


def test_each_kernel_gets_its_share_of_the_cores_before_it_starts(small, shopkeeper):
    cores = os.cpu_count()
    code = 'import os\npage.note(plain(",".join(os.environ[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"))))'
    write_notebook(small / "notebooks", "01_good", GOOD + code)
    assert shopkeeper("run", "--workers", str(cores)).returncode == 0
    assert f"<p>{cores},{cores},{cores}</p>" in report(small).read_text()  # nobody else is there to use them
    for name in range(cores):
        write_brand(f"other_{name}", {"orders.csv": ORDERS})
    assert shopkeeper("run", "--force", "--workers", str(cores)).returncode == 0
    assert "<p>1,1,1</p>" in report(small).read_text()


def test_a_run_with_two_workers_makes_what_one_makes(small, shopkeeper):
    for name in ("bravo", "carol", "delta"):
        write_brand(name, {"orders.csv": ORDERS})
    assert shopkeeper("run", "--workers", "4").returncode == 0
    assert all(report(small, brand=name).exists() for name in ("acme", "bravo", "carol", "delta"))


def test_claims_of_a_run_are_recorded_and_scored_by_a_later_one(small, shopkeeper):
    code = (
        "import datetime as dt\nfrom shopkeeper.decisions import Claim\n"
        "page.claims([Claim('', 'orders', dt.date(2024, 1, 11), dt.date(2024, 1, 20), 9, 8, 11, 7)])"
    )
    write_notebook(small / "notebooks", "01_good", GOOD + code)
    ended = shopkeeper("run", "--as-of", "2024-01-10")
    assert ended.returncode == 0, ended.stdout
    assert "acme: 1 earlier claims scored, 1 inside their interval." in ended.stdout
    assert "replayed on old data" in (small / "reports" / "acme" / "index.html").read_text()


def test_a_decision_stands_on_the_index_until_it_is_done(small, shopkeeper):
    code = (
        "from shopkeeper.decisions import Decision\nfrom shopkeeper.report.words import money, say\n"
        "page.decisions([Decision('e-mail', say('data to {day}', day=money(3000)), 3000, 'CNY', 900, 500, 1300, 0.95, 28,"
        " plain('margin 50%'), plain('compare'))])"
    )
    write_notebook(small / "notebooks", "01_good", GOOD + code)
    assert shopkeeper("run").returncode == 0
    english, chinese = ((small / "reports" / name).read_text() for name in ("index.html", "index.zh.html"))
    assert "What to do this week" in english
    assert "CN¥900 expected, 90%: CN¥500 to CN¥1,300" in english
    assert "数据截至¥3,000" in chinese
    [row] = [
        json.loads(line) for line in (small / "data" / "acme" / "record" / "decisions.jsonl").read_text().splitlines()
    ]
    ended = shopkeeper("decide", "acme", row["id"], "done")
    assert (ended.returncode, ended.stdout.strip()) == (0, "done: data to CN¥3,000")
    assert "What to do this week" not in (small / "reports" / "index.html").read_text()
    unknown = shopkeeper("decide", "acme", "nope", "done")
    assert unknown.returncode == 1
    assert "acme has no decision 'nope'" in unknown.stderr
