"""Every command of the README runs, and prints what the README says."""

import os
import re
import shutil
import subprocess

import pytest
from by_hand import small_shop
from readme import README, commands, likeness
from shopkeeper.places import PROJECT

# `make test` is what runs this; .ci/run runs the others beside it, and holds what `make reports` prints against the README.
NOT_AGAIN = {"make test", "make lint", "make reports"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A fresh checkout's look-alike: the project's files, its .venv, and no data yet but what is shipped."""
    # Were the lock newer than what is installed, make would install anew, from the look-alike.
    subprocess.run(["make", "-C", str(PROJECT), "setup"], check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("checkout")
    names = ["lib", "notebooks", "Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock", ".venv"]
    for name in names:
        (folder / name).symlink_to(PROJECT / name)
    for brand in ("aurora", "cdnow", "complete_journey", "online_retail"):
        (folder / "data" / brand).mkdir(parents=True)
        shutil.copy(PROJECT / "data" / brand / "brand.toml", folder / "data" / brand)
    (folder / "reports").mkdir()
    (folder / "Downloads").mkdir()
    (folder / "Downloads" / "orders.csv").write_text(small_shop())
    return folder


def test_every_command_prints_what_the_readme_says(place):
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment = outside | {
        "HOME": str(place),
        "SHOPKEEPER_DATA": str(place / "data"),
        "SHOPKEEPER_REPORTS": str(place / "reports"),
    }
    ran = [(command, said) for command, said in commands() if command not in NOT_AGAIN]
    assert len(ran) >= 6
    for command, said in ran:
        ended = subprocess.run(
            ["bash", "-c", command],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,  # against hanging; shared machines differ by four
            check=False,
        )
        assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
        if said:
            assert likeness(ended.stdout) == likeness("\n".join(said)), command
    assert (place / "reports" / "tea_house" / "2024-10-13" / "01_profiling.zh.html").exists()


def test_commands_left_to_others_are_run_by_them():
    ci = (PROJECT / ".ci" / "run").read_text()
    assert all(command in ci for command in NOT_AGAIN)
    assert {command for command, _ in commands()} >= NOT_AGAIN


def test_what_the_readme_points_to_is_there():
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    assert [link for link in links if not (PROJECT / link).exists()] == []
    named = re.findall(r"`(lib/[\w/.]+|tests/[\w/.]+)`", README)
    assert [name for name in named if not (PROJECT / name).exists()] == []


def test_the_readme_quotes_the_calibration_as_measured():
    measured = (PROJECT / "tests" / "calibration" / "RESULTS.md").read_text()
    intervals, _, _ = measured[measured.index("| 90%") :].partition("\n# ")
    assert intervals.strip() in README
