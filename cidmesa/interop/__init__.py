"""Diagrams and models of other packages and in other formats; reached as ``cm.interop``.

One module for each foreign library or format. A library is imported when it is used, and an error says which extra it
comes with.
"""

from __future__ import annotations

from cidmesa.interop.pycid import from_pycid, import_pycid, policy_from_pycid, to_pycid

__all__ = ["from_pycid", "import_pycid", "policy_from_pycid", "to_pycid"]
