"""A kernel for one notebook: its thread budget set before it starts, its life bounded from outside."""

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager

_BUDGETS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_MAX_THREADS", "NUMBA_NUM_THREADS")
PANDAS = {"PANDAS_COPY_ON_WRITE": "1", "PANDAS_FUTURE_INFER_STRING": "1"}


class Watch:
    """Ends a kernel when its time is over, or when the run's `stop` file appears; says which."""

    def __init__(self, manager: Any, seconds: float, stop: Path) -> None:
        self.verdict = ""
        self._manager, self._deadline, self._stop = manager, time.monotonic() + seconds, stop
        self._limit, self._over = seconds, threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._over.wait(0.2):
            if time.monotonic() > self._deadline:
                self.verdict = f"stopped after {self._limit:g} seconds, its time limit"
            elif self._stop.exists():
                self.verdict = "interrupted"
            if self.verdict and kill(self._manager):
                return  # else it is still being started, and has to be ended when it is

    def end(self) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join()


@contextmanager
def kernel(threads: int, result: Path) -> Iterator[Any]:
    """A manager for a kernel not yet started; on leaving, the kernel and all its children are dead.

    result: folder into which the notebook's page writes. Sockets lie in a folder of their own, since two kernels
    over TCP can be given one port, and over IPC one name.
    """
    sockets = Path(tempfile.mkdtemp(prefix="sk-"))
    # ip is the common beginning of the sockets' paths.
    manager = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=str(sockets / "k"))
    spec = manager.kernel_spec
    assert spec is not None, "ipykernel is installed with the lock"
    spec.argv[0] = sys.executable  # whatever kernel of that name the user may have elsewhere
    spec.env = {**PANDAS, **dict.fromkeys(_BUDGETS, str(threads)), "SHOPKEEPER_RESULT": str(result)}
    try:
        yield manager
    finally:
        kill(manager)
        manager.cleanup_connection_file()
        shutil.rmtree(sockets, ignore_errors=True)


def kill(manager: Any) -> bool:
    """Kill the kernel's whole process group, and wait until it is gone; whether there was one."""
    process = getattr(manager.provisioner, "process", None)
    if process is None:
        return False
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return True
