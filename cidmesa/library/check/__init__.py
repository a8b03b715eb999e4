"""Asking the claims of scenarios, and telling what was found."""

__all__ = ["FORMS"]  # each module names its own

FORMS = ("text", "concise", "json", "junit", "sarif", "github", "md", "html")
"""The forms in which a report is written; they stand here so that a command can name them without loading them."""
