"""Exact conditions on parameters: for which values something holds."""
