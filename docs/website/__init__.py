"""The documentation site: ``python -m docs.website`` builds it into ``build/site``."""
