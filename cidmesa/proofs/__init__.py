"""What shows results, written down for `cidmesa.verify`, a checker that shares no code with the rest."""

from __future__ import annotations
