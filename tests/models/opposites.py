"""Other answers than the one a claim expects: if the claim cannot tell them apart it says nothing."""

from __future__ import annotations

import re
from fractions import Fraction

from cidmesa.errors import CidmesaError
from cidmesa.modelling.parameter import number_of

COMPARED = re.compile(r"[<>]=?|[!=]=")
TIES = {">": ">=", ">=": ">", "<": "<=", "<=": "<", "==": "!=", "!=": "=="}
WORDS = (
    ("admits", "excluded", "undetermined", "not applicable"),
    ("strict", "sure", "weak", "none"),
    ("throughout", "in part"),
    ("but-for", "joint"),
    ("real", "imagined"),
    ("deceptive", "suboptimality", "proxy", "resources", "corrigible", "internal", "deterred"),
    ("robust", "pseudo", "misaligned"),
    ("identical", "side_effect", "instrumental", "common_cause", "decision_only", "none"),
    ("terminal", "both"),
    ("optimal", "anti-optimal", "neither"),
)


def opposites(expect, scenario):
    """Yield answers that differ from ``expect`` in one place each."""
    if isinstance(expect, dict):
        for key, value in expect.items():
            yield from (expect | {key: other} for other in opposites(value, scenario))
    elif isinstance(expect, list):
        if expect:
            yield expect[:-1]
        yield [*expect, "something else"]
    elif _is_region(expect, scenario):
        yield f"not ({expect})"
        yield from _neighbours(expect)
    else:
        yield _other(expect, scenario)


def _is_region(expect, scenario):
    return isinstance(expect, str) and bool(COMPARED.search(expect)) and not _is_state(expect, scenario)


def _neighbours(region):
    """Yield the region with its last number a little greater, or if that is none with ties decided otherwise."""
    *_, last = re.finditer(r"\d+(/\d+)?", f"{region} 0")
    if last.end() <= len(region):
        yield f"{region[: last.start()]}({last[0]} + 1/1000){region[last.end() :]}"
    yield COMPARED.sub(lambda found: TIES[found[0]], region, count=1)


def _other(value, scenario):
    if isinstance(value, bool):
        return not value
    number = _as_number(value)
    if number is not None and not _is_state(value, scenario):
        return number + Fraction(1, 1000)
    return next(other for other in _choices(value, scenario) if other != value)


def _as_number(value):
    try:
        return number_of(value)
    except CidmesaError:
        return None  # text that is no number


def _is_state(value, scenario):
    return isinstance(value, str) and any(value in domain for domain in _domains(scenario))


def _domains(scenario):
    model = scenario.model
    return [] if model is None else [model.domain(n) for n in model.cid.nodes if model.cid.kind(n) != "utility"]


def _choices(value, scenario):
    for known in (*WORDS, [*scenario.specs, "no such specification"], *_domains(scenario)):
        if value in known:
            return known
    raise AssertionError(f"{scenario.slug}: what is the opposite of {value!r}?")
