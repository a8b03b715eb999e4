"""Timings of the tool beside those of its peers; nothing here is a test."""
