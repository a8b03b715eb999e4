"""Games: equilibria of several agents, each verified by regret; leaders and followers."""
