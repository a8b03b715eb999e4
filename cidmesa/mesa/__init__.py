"""Training processes, mesa-optimizers, the composer, deception and alignment."""

__all__: list[str] = []  # each module names its own
