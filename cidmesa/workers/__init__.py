"""Workers: processes of this machine or of a cluster that are given tasks, and outlive tasks that end them."""

__all__: list[str] = []  # each module names its own
