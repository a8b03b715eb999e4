"""d-separation by networkx, whose function for it has another name before version 3.3."""

from __future__ import annotations

import networkx as nx

__all__ = ["networkx_separates"]

networkx_separates = nx.is_d_separator if hasattr(nx, "is_d_separator") else nx.d_separated
