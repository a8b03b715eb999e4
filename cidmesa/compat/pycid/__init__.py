"""PyCID's names, our engine: ``import cidmesa.compat.pycid as pycid`` runs code that was written for PyCID 0.8.

Modules, classes, functions and the order of arguments are PyCID's; no PyCID, pgmpy or Gambit is needed. Objects can be
edited as there; each question is put to our engine on a frozen copy. Where PyCID is wrong the answer is the right one,
and a `DiffersFromPyCID` warning says so. ``docs/from-pycid.md`` lists what each name is called here.
"""

from __future__ import annotations

from cidmesa.compat.pycid import analyze, core, examples, export, random
from cidmesa.compat.pycid.analyze import *  # noqa: F403 (its __all__ is the list)
from cidmesa.compat.pycid.core import *  # noqa: F403
from cidmesa.compat.pycid.differences import DiffersFromPyCID
from cidmesa.compat.pycid.export import *  # noqa: F403
from cidmesa.compat.pycid.random import *  # noqa: F403

__all__ = ["DiffersFromPyCID", "analyze", "core", "examples", "export", "random"]
__all__ += [*analyze.__all__, *core.__all__, *export.__all__, *random.__all__]
