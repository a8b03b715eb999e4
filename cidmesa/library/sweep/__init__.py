"""Sweeps: a question asked at every point of a design, as a tidy table."""
