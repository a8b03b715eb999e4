"""Models: a diagram together with domains, mechanisms and policies; tables and inference."""
