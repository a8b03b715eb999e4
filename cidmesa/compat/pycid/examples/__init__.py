"""PyCID's example networks, diagrams and games, by their names; structures and numbers are those of the sources."""

from __future__ import annotations

from cidmesa.compat.pycid.examples import simple_cbns, simple_cids, simple_macids, story_cids, story_macids

__all__ = ["simple_cbns", "simple_cids", "simple_macids", "story_cids", "story_macids"]
