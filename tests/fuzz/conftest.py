"""The guided fuzzer is a program with an optional package, no test."""

collect_ignore = ["guided.py"]
