"""What commands print on a terminal of 80 columns."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from cidmesa.library.file.loader import scenarios

pty = pytest.importorskip("pty")

COMMANDS = ("list", "doctor", "deception hubinger2019/two-corners", "incentives everitt2021/grade-prediction")
_STYLE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def on_a_terminal(command):
    """What a command prints on a terminal of 80 columns, colours too."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "cidmesa", *command.split()], stdout=theirs, stderr=subprocess.DEVNULL, env=environment
    )
    os.close(theirs)
    printed = bytearray()
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        printed += part
    os.close(ours)
    assert process.wait() == 0
    return printed.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_line_is_wider_than_the_terminal(command):
    printed = _STYLE.sub("", on_a_terminal(command))
    assert printed
    assert not [line for line in printed.splitlines() if len(line.rstrip()) > 80]


def test_the_list_never_cuts_a_slug():
    printed = set(_STYLE.sub("", on_a_terminal("list")).split())
    assert {scenario.slug for scenario in scenarios()} <= printed


def test_answers_have_colours():
    assert "\x1b[32myes" in on_a_terminal("incentives everitt2021/grade-prediction")
