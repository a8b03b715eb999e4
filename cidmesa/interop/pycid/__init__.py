"""PyCID (https://github.com/causalincentives/pycid): its objects read and written, and how to import it today."""

from __future__ import annotations

from cidmesa.interop.pycid.reading import from_pycid, policy_from_pycid
from cidmesa.interop.pycid.shim import import_pycid
from cidmesa.interop.pycid.writing import to_pycid

__all__ = ["from_pycid", "import_pycid", "policy_from_pycid", "to_pycid"]
