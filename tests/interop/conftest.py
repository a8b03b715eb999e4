from tests.peers.pycid import pycid

__all__ = ["pycid"]
