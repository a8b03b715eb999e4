"""What an answer depends on, as text: the content of a scenario as it was loaded, and of a claim."""

from __future__ import annotations

from dataclasses import fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cidmesa.modelling.policy import Policy

if TYPE_CHECKING:
    from cidmesa.library.scenario import Claim, Scenario
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model

__all__ = ["digest", "identity_of", "identity_of_claim", "lasting"]


def identity_of(scenario: Scenario) -> str:
    """Return all of a scenario that an answer may depend on, as text; its claims and variants are no part of it.

    >>> from cidmesa.library.file.loader import loads
    >>> coin = loads("{cidmesa: 1, title: Coin, nodes: {C: {kind: chance, prob: {h: 1/3, t: 2/3}}}}")
    >>> identity_of(coin) == identity_of(coin.at()), "1, 3" in identity_of(coin)
    (True, True)
    """
    bare = replace(scenario, claims=(), variants=())
    training = [] if scenario.training is None else _of_training(scenario.training)
    model = [] if scenario.model is None else _of_model(scenario.model)
    return "\n".join([bare.to_text(), repr(scenario.cid.specs), repr(dict(scenario.specs)), *training, *model])


def _of_model(model: Model) -> list[str]:
    tables = {name: (table.variables, table.values.tolist()) for name, table in model.tables.items()}
    parts = dict(model.domains), tables, dict(model.mechanisms), dict(model.parameters), model.tied
    return list(map(repr, parts))


def _of_training(training: TrainingProcess) -> list[str]:
    given = {f.name: getattr(training, f.name) for f in fields(training) if f.name != "model"}
    return [*_of_model(training.model), repr({name: _whole(value) for name, value in given.items()})]


def _whole(value: Any) -> Any:
    return value.to_json() if isinstance(value, Policy) else value  # whose repr is cut where it is long


def identity_of_claim(claim: Claim) -> str:
    """Return all of a claim that its outcome depends on, as text."""
    return repr(
        (claim.id, claim.kind, claim.question.written(), claim.expect, claim.of, dict(claim.where), claim.xfail)
    )


def lasting(identity: str) -> bool:
    """Return whether an identity means the same in another process: it names no object by its address.

    >>> lasting("a"), lasting(repr(lasting))
    (True, False)
    """
    return " at 0x" not in identity


def digest(*texts: str) -> str:
    """Return a short text that only the same texts share.

    >>> digest("a", "b") == digest("a", "b"), len(digest("ab"))
    (True, 32)
    """
    return sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
