"""Models: a diagram together with domains, mechanisms and policies; tables and inference."""

__all__: list[str] = []  # each module names its own
