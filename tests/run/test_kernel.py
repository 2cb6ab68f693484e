"""The watch of a kernel: it ends also one that had not begun when the run was stopped."""

import subprocess
import time
from types import SimpleNamespace

import pytest
from shopkeeper.run.kernel import Watch


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_kernel_that_starts_after_the_run_was_stopped_is_ended_too(tmp_path, sleeper):
    manager = SimpleNamespace(provisioner=None)
    (tmp_path / "stop").touch()
    watch = Watch(manager, 60, tmp_path / "stop")
    time.sleep(0.5)
    assert watch.verdict == "interrupted"
    manager.provisioner = SimpleNamespace(process=sleeper)
    assert sleeper.wait(timeout=30) == -9
    watch.end()
