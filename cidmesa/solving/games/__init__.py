"""Games: equilibria of several agents, each verified by regret; leaders and followers."""

__all__: list[str] = []  # each module names its own
