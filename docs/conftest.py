"""The examples of a page that needs PyCID, or of a module that needs Sphinx, are run where those are installed."""

from importlib.util import find_spec

NEEDED = {"from-pycid.md": ("pycid", "pgmpy"), "website/extension.py": ("sphinx",)}
collect_ignore = [path for path, packages in NEEDED.items() if not all(map(find_spec, packages))]
