"""Mutation testing of a sample: ``python -m tests.mutants PACKAGES COUNT [SEED]`` changes lines; do tests fail?

``PACKAGES`` are joined by commas. With ``FILE:LINE``, any number of times, in the place of the count, all changes of
those lines are tried. ``tests/...``, any number of times, are tests to ask in the place of those of the packages.

A mutant is a copy of the package in which one comparison, operator, constant, condition or returned value is another.
First, the tests of the packages (`TESTS`) run once to find which of them reach which lines. Each mutant then meets the
tests that reach its line, the fastest first, and after them others that reach its file: what they need of the line may
have been kept from an earlier test. It is killed if a test fails or does not end. What survives is printed.
"""
