"""Random graphs, diagrams, games and CPDs. They draw from the global generators of ``random``, so seed that."""

from __future__ import annotations

from cidmesa.compat.pycid.random import random_cpd
from cidmesa.compat.pycid.random.random_cid import random_cid, random_cids
from cidmesa.compat.pycid.random.random_cpd import RandomCPD
from cidmesa.compat.pycid.random.random_dag import random_dag
from cidmesa.compat.pycid.random.random_macid import random_macid, random_macids
from cidmesa.compat.pycid.random.random_macidbase import random_macidbase

__all__ = [
    "RandomCPD",
    "random_cid",
    "random_cids",
    "random_cpd",
    "random_dag",
    "random_macid",
    "random_macidbase",
    "random_macids",
]
