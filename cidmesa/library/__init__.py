"""Scenario files: reading, claims, checks."""
