"""What workers are given in tests: tasks that end their process or fill its memory."""

from __future__ import annotations

import os

from cidmesa.library.sweep import running

_ANSWERED = running._answered  # the sweep's own, before a test puts another in its place


def doubled(number):
    """Return twice a number; 13 ends the process."""
    if number == 13:
        os._exit(3)
    return 2 * number


def doubled_all(numbers):
    return [doubled(number) for number in numbers]


def deadly(chunk):
    """Answer the points of a chunk; one at which mu is 1/2 ends the process."""
    if any(str(value) == "1/2" for setting in chunk.points.values() for _, value in setting.values):
        os._exit(3)
    return _ANSWERED(chunk)


def hungry(chunk):
    """Answer the points of a chunk; one at which mu is 1/2 takes memory until there is none."""
    if any(str(value) == "1/2" for setting in chunk.points.values() for _, value in setting.values):
        taken = []
        while True:
            taken.append(bytearray(os.urandom(1)) * (16 * 2**20))
    return _ANSWERED(chunk)
