"""The app as a server of its own, with an environment, a home and a working folder full of what visitors must not get."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

SECRETS = {"APP_ID": "servers-app", "API_KEY": "servers-key-4711", "API_SECRET": "servers-secret-0815"}
ENVIRONMENT = {f"EMAILRCD_{name}": value for name, value in SECRETS.items()}


class Service(NamedTuple):
    process: subprocess.Popen[bytes]
    folder: Path
    address: str

    @property
    def root(self) -> str:
        return self.address.partition("?")[0]

    @property
    def log(self) -> str:
        """All it has printed, the address it began with aside."""
        return (self.folder / "app.log").read_text().replace(self.address, "")

    def kernels(self) -> list[Path]:
        """Return where Linux tells of each kernel that runs."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            # A process that has just ended is there no more.
            with suppress(OSError):
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
                if int(parent) == self.process.pid and state != "Z":
                    found.append(stat.parent)
        return found

    def wait_for_kernels(self, number: int) -> None:
        """Wait until so many run, as long as a test may take."""
        while len(self.kernels()) != number:
            time.sleep(0.1)


@contextmanager
def app_served(folder: Path, *arguments: str) -> Iterator[Service]:
    """The command a user types; it ends by Ctrl-C."""
    (folder / "tmp").mkdir()
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in ENVIRONMENT.items()))
    own = {"HOME": str(folder), "TMPDIR": str(folder / "tmp"), "XDG_DATA_HOME": str(folder / "data")}
    command = [sys.executable, "-m", "emailrcd.cli", "app", "--port", "0", "--no-browser", *arguments]
    with (folder / "app.log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | own | ENVIRONMENT, cwd=folder, stdout=log, stderr=log)
    try:
        yield Service(process, folder, _address(process, folder / "app.log"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    while process.poll() is None:
        if "Ctrl-C" in (printed := log.read_text()):
            return re.search(r"http://\S+", printed)[0]
        time.sleep(0.1)
    raise RuntimeError(f"The app did not start:\n{log.read_text()}")
