"""Expected utility and optimal policies."""
