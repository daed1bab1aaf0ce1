"""The sandbox in a terminal of its own."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import pytest

from emailrcd.errors import EmailrcdError
from emailrcd.sandbox import Sandbox, console, serve

CODE = "from emailrcd.sandbox import serve; serve(0, faults={'503': 0.0}, latency=0.0, seed=5)"


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process alone there")
def test_serve_says_how_to_reach_it_and_ends_on_ctrl_c():
    with subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        assert first.startswith("SANDBOX at http://127.0.0.1:")
        assert "(seed 5)" in first
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().endswith("The SANDBOX is closed.\n")
    assert process.returncode == 0


def test_the_introduction_holds_address_and_credentials():
    with Sandbox() as sandbox:
        text = console.introduction(sandbox)
    assert f"export EMAILRCD_BASE_URL={sandbox.base_url}\n" in text
    for line in ("APP_ID=SANDBOX", "API_KEY=SANDBOXKEY", "API_SECRET=SANDBOXSECRET"):
        assert f"export EMAILRCD_{line}\n" in text


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="curl or openssl is not installed")
def test_the_call_it_suggests_works_as_printed():
    with Sandbox() as sandbox:
        script = console.introduction(sandbox).partition("A call to try:\n")[2]
        done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["status"] == "0"


def test_a_port_in_use_is_an_error_of_this_package(sandbox):
    with pytest.raises(EmailrcdError, match="already in use"):
        serve(int(sandbox.base_url.split(":")[2].partition("/")[0]))
