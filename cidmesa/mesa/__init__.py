"""Training processes, mesa-optimizers, the composer, deception and alignment."""
