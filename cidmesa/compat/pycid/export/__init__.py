"""Games as trees and files for Gambit."""

from __future__ import annotations

from cidmesa.compat.pycid.export.gambit import behavior_to_cpd, macid_to_efg, macid_to_gambit_file, pygambit_ne_solver

__all__ = ["behavior_to_cpd", "macid_to_efg", "macid_to_gambit_file", "pygambit_ne_solver"]
