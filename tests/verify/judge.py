"""Whether the claims of a proof are true, by the engine: what decides about a forged proof that is accepted."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import cidmesa as cm
from cidmesa.interop.json import json_parts
from cidmesa.interop.part import assembled
from cidmesa.library.policies import optimal_policies

__all__ = ["is_true", "statement"]

EVIDENCE = {"steps", "by", "at"}  # what a claim says besides its statement


def statement(proof: dict[str, Any]) -> Any:
    """Return what a proof states: its claims without what shows them, and the models that they name."""
    claims = [{key: value for key, value in claim.items() if key not in EVIDENCE} for claim in proof["claims"]]
    return claims, {claim["model"]: proof["models"][claim["model"]] for claim in proof["claims"]}


def is_true(proof: dict[str, Any]) -> bool:
    return all(_TRUE[claim["kind"]](proof["models"], claim) for claim in proof["claims"])


def _cid(models: Any, claim: Any) -> cm.CID:
    nodes = models[claim["model"]]["nodes"]
    return cm.CID(tuple(cm.Node(n["name"], n["kind"], n.get("agent"), tuple(n["parents"])) for n in nodes))


def _model(nodes: list[Any], at: Fraction | None = None) -> cm.Model:
    import json

    placed = [n | ({"numbers": [_placed(one, at) for one in n["numbers"]]} if "numbers" in n else {}) for n in nodes]
    return assembled(json_parts(json.dumps({"cidmesa-model": 1, "nodes": placed}), "proof"), "proof")


def _placed(number: Any, at: Fraction | None) -> Any:
    if not isinstance(number, list) or at is None:
        return number
    return str(sum((Fraction(c) * at**k for k, c in enumerate(number)), Fraction(0)).limit_denominator(10**60))


def _ruled(model: cm.Model, rules: dict[str, Any]) -> cm.Model:
    given = {}
    for decision, numbers in rules.items():
        parents, options = model.cid.parents(decision), model.domain(decision)
        rows = iter(numbers)
        table = [[*key, {o: str(next(rows)) for o in options}] for key in _keys(model, parents)]
        given[decision] = cm.table(table, parents) if parents else table[0][-1]
    return model.with_policy(given) if given else model


def _keys(model: cm.Model, parents: tuple[str, ...]) -> Any:
    from itertools import product

    return product(*(model.domain(parent) for parent in parents))


def _numeric(models: Any, claim: Any, at: Fraction | None = None) -> cm.Model:
    return _ruled(_model(models[claim["model"]]["nodes"], at), claim.get("rules", {}))


def _verdict(models: Any, claim: Any) -> bool:
    cid, concept = _cid(models, claim), claim["concept"]
    if concept == "voc":
        found = cm.admits_voc(cid, claim["node"], claim["agent"])
    else:
        found = getattr(cm, f"admits_{concept}")(cid, claim["decision"], claim["node"])
    return found.status == claim["kind"] and found.agent == claim["agent"]


def _diagram(models: Any, claim: Any) -> bool:
    cid, one, other = _cid(models, claim), claim["of"], claim["to"]
    ask = {
        "soluble": lambda: cm.is_soluble(cid),
        "relies": lambda: cm.is_s_reachable(cid, one, other),
        "requisite": lambda: cm.is_requisite(cid, other, one),
    }
    return bool(ask[claim["relation"]]()) is claim["holds"]


def _most(model: cm.Model, agent: str) -> Any:
    return cm.solve(model).value if model.cid.decisions else _got(model, agent)


def _optimum(models: Any, claim: Any) -> bool:
    model, value, agent = _numeric(models, claim), Fraction(claim["value"]), claim["agent"]
    owners = {model.cid.agent(d) for d in model.cid.decisions}
    if agent not in model.cid.agents:  # nobody of that name gets anything
        return value == 0 and not owners
    return owners <= {agent} and _most(model, agent) == value == _got(_ruled(model, claim["policy"]), agent)


def _got(model: cm.Model, agent: str) -> Any:
    gets_some = agent in model.cid.agents and model.cid.utilities_of(agent)
    return cm.expected_utility(model, agent=agent) if gets_some else 0


def _options(models: Any, claim: Any, at: Fraction | None = None) -> bool:
    model = _numeric(models, claim, at)
    decision, when = claim["decision"], {node: _state(state) for node, state in claim["when"].items()}
    taken = set()
    for policy in optimal_policies(model, {}):
        try:
            chances = cm.query(model, decision, given=when, policy=policy)
        except cm.ModelError:
            continue
        taken |= {option for option, chance in chances.items() if chance}
    return [_state(option) for option in claim["options"]] == [o for o in model.domain(decision) if o in taken]


def _state(given: Any) -> Any:
    return Fraction(given["exact"]) if isinstance(given, dict) else given


def _mean(models: Any, claim: Any) -> bool:
    model = _numeric(models, claim)
    given = {node: _state(state) for node, state in claim["given"].items()}
    done = {node: _state(state) for node, state in claim["do"].items()}
    found = set()
    for policy in optimal_policies(model, {}):
        followed = model.with_policy(policy).do(done) if done else model.with_policy(policy)
        try:
            found.add(_asked(followed, claim["of"], given))
        except cm.ModelError:
            continue  # what is given does not happen
    return found == {Fraction(claim["value"])}


def _asked(model: cm.Model, of: Any, given: dict[str, Any]) -> Any:
    if isinstance(of, str):
        return cm.expected_utility(model, agent=of, given=given)
    ((node, state),) = of.items()
    if node in given:
        cm.expected_utility(model, agent=model.cid.agents[0], given=given)  # ModelError where that never is
        return Fraction(given[node] == _state(state))
    return cm.query(model, node, given=given)[_state(state)]


def _equilibrium(models: Any, claim: Any) -> bool:
    model = _model(models[claim["model"]]["nodes"])
    for agent, value in claim["values"].items():
        others = {d: rule for d, rule in claim["profile"].items() if model.cid.agent(d) != agent}
        gets = _got(_ruled(model, claim["profile"]), agent)
        if not gets == Fraction(value) == _most(_ruled(model, others), agent):
            return False
    return set(claim["values"]) == {model.cid.agent(d) for d in model.cid.decisions}


def _condition(models: Any, claim: Any) -> bool:
    said = [cell for cell in claim["cells"] if cell["holds"] is not None]
    points = [(point, cell["holds"]) for cell in said for point in _points(cell)]
    return all(_options(models, claim, point) is holds for point, holds in points)


def _points(cell: dict[str, Any]) -> list[Fraction]:
    low = Fraction(cell["from"])
    high = low + 10 if cell["to"] is None else Fraction(cell["to"])
    return [low] if low == high else [low + (high - low) * Fraction(k, 7) for k in (1, 3, 6)]


_TRUE = {
    "excluded": _verdict,
    "admits": _verdict,
    "diagram": _diagram,
    "optimum": _optimum,
    "options": _options,
    "mean": _mean,
    "equilibrium": _equilibrium,
    "condition": _condition,
}
