"""Diagrams and models of other packages and in other formats; reached as ``cm.interop``.

One module for each foreign library or format; formats register themselves with `cidmesa.formats`. A library is imported
when it is used, and an error says which extra it comes with.
"""

from __future__ import annotations

from cidmesa.interop.bif import read_bif, write_bif
from cidmesa.interop.gambit_files import to_gambit_efg, to_gambit_nfg, write_efg, write_nfg
from cidmesa.interop.games import read_efg, read_nfg
from cidmesa.interop.graphs import from_dagitty, from_dot, to_dagitty
from cidmesa.interop.hugin import read_net, write_net
from cidmesa.interop.json import read_json, write_json
from cidmesa.interop.part import RoundedProbabilities
from cidmesa.interop.pgmpy import from_pgmpy, to_pgmpy
from cidmesa.interop.pgmx import read_pgmx, write_pgmx
from cidmesa.interop.pyagrum import from_pyagrum, read_jgum, to_pyagrum, write_jgum
from cidmesa.interop.pycid import from_pycid, policy_from_pycid
from cidmesa.interop.pycid_shim import import_pycid, to_pycid
from cidmesa.interop.xdsl import read_xdsl, write_xdsl
from cidmesa.interop.xmlbif import read_xmlbif, write_xmlbif

__all__ = [
    "RoundedProbabilities",
    "from_dagitty",
    "from_dot",
    "from_pgmpy",
    "from_pyagrum",
    "from_pycid",
    "import_pycid",
    "policy_from_pycid",
    "read_bif",
    "read_efg",
    "read_jgum",
    "read_json",
    "read_net",
    "read_nfg",
    "read_pgmx",
    "read_xdsl",
    "read_xmlbif",
    "to_dagitty",
    "to_gambit_efg",
    "to_gambit_nfg",
    "to_pgmpy",
    "to_pyagrum",
    "to_pycid",
    "write_bif",
    "write_efg",
    "write_jgum",
    "write_json",
    "write_net",
    "write_nfg",
    "write_pgmx",
    "write_xdsl",
    "write_xmlbif",
]
