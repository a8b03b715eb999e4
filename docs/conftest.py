"""The examples of a page that needs PyCID are run where PyCID is installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("pycid") and find_spec("pgmpy") else ["from-pycid.md"]
