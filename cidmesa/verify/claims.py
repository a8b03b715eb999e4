"""What proofs claim, and how each claim is checked; a check returns the sentence that it has shown."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .deciding import above, after, aims, below, connected, expected, optimum, relies, scores, seen_by
from .model import BONUS, ONE, ZERO, Model, Node, fields, need, number_of, numbers_of

__all__ = ["Claims"]

MAX_WORLDS = 200_000
KINDS = ("excluded", "admits", "diagram", "optimum", "options", "mean", "equilibrium", "condition")
CONCEPTS = ("voi", "voc", "ri", "ici", "impact")


class Claims:
    """The claims of a proof about its models."""

    def __init__(self, models: Any) -> None:
        need(isinstance(models, dict), "no models")
        self.models = models

    def shown(self, claim: Any) -> str:
        """Return the sentence that a claim makes once it is shown; Refused where it is not."""
        need(isinstance(claim, dict) and claim.get("kind") in KINDS, "no claim of a known kind")
        said: str = getattr(self, f"_{claim['kind']}")({key: value for key, value in claim.items() if key != "kind"})
        return said

    def _model(self, name: Any, at: Any = None) -> Model:
        need(isinstance(name, str) and name in self.models, f"there is no model {name!r}")
        return Model.read(self.models[name], at)

    # --- of diagrams ---

    def _incentive(self, claim: Any, *shows: str) -> list[Any]:
        name, concept, agent, decision, node, *rest = fields(
            claim, "model", "concept", "agent", "decision", "node", *shows
        )
        whole = self._model(name)
        need(concept in CONCEPTS and agent in [n.agent for n in whole.nodes.values()], f"no {concept!r} of {agent!r}")
        model = seen_by(whole, agent)
        fits = decision is None if concept == "voc" else decision in model.of("decision")
        need(fits, f"{decision!r} is no decision of {agent}, or {concept} is not about one")
        return [model, concept, agent, decision, model.node(node).name, *rest]

    def _excluded(self, claim: Any) -> str:
        model, concept, agent, decision, node, steps = self._incentive(claim, "steps")
        if concept == "voi":
            need(model.node(node).kind != "utility" and node not in below(model, decision), f"{node} comes later")
            wider = model.seeing({decision: tuple(dict.fromkeys([*model.parents[decision], node]))})
            there = node in after(wider, steps).parents[decision]
        else:
            rest = after(model, steps)
            scored, moved, heard = (
                above(rest, model.of("utility")),
                below(rest, decision),
                above(rest, [decision or ""]),
            )
            there = {
                "voc": node in scored or node in model.of("decision"),
                "ri": node in heard,
                "ici": node in moved and node in scored,
                "impact": node in below(model, decision) and decision in scored,
            }[concept]
        need(not there, f"what {concept} on {node} needs is there")
        return f"no model on the diagram has {concept} of {decision or agent} on {node}"

    def _diagram(self, claim: Any) -> str:
        name, kind, one, other, holds = fields(claim, "model", "relation", "of", "to", "holds")
        model = self._model(name)
        if kind == "soluble":
            left = model.of("decision")
            while free := [d for d in left if not any(relies(model, d, o) for o in left if o != d)]:
                left = [d for d in left if d not in free]
            need(one is None and other is None, "a whole diagram is soluble")
            found = not left
        elif kind == "relies":
            found = relies(model, model.node(one, "decision").name, model.node(other, "decision").name)
        else:
            need(kind == "requisite", f"no relation {kind!r}")
            decision = model.node(other, "decision").name
            seeable = model.node(one).kind != "utility" and one not in below(model, decision)
            need(seeable, f"{one} cannot be observed")
            family = {decision, *model.parents[decision]} - {one}
            found = bool(connected(model, [one], family) & aims(model, decision))
        need(holds is found, f"it is {found}, not {holds}")
        return f"{one or 'the diagram'} {'is' if holds else 'is not'} {kind}{f' to {other}' if other else ''}"

    def _admits(self, claim: Any) -> str:
        model, concept, agent, decision, node, by, at = self._incentive(claim, "by", "at")
        own = self._model(by)
        one, two = ({n: (x.kind, x.agent, set(x.parents)) for n, x in m.nodes.items()} for m in (model, own))
        need(one == two and any(x.numbers for x in own.nodes.values()), "the model has another diagram, or no numbers")
        {"voi": _voi, "voc": _voc, "ri": _ri, "ici": _ici, "impact": _impact}[concept](own, agent, decision, node, at)
        return f"some model on the diagram, {by!r}, has {concept} of {decision or agent} on {node}"

    # --- of numbers ---

    def _optimum(self, claim: Any) -> str:
        name, agent, rules, policy, value, steps = fields(claim, "model", "agent", "rules", "policy", "value", "steps")
        model = self._model(name).ruled(rules)
        need(agent in [node.agent for node in model.nodes.values()], f"there is no agent {agent!r}")
        need(optimum(model, agent, steps)[0] == number_of(value), f"{value} is not the most")
        need(expected(model.ruled(policy), agent) == number_of(value), "the policy gets another value")
        return f"{value} is the most that {agent} can get in {name!r}, and the policy gets it"

    def _options(self, claim: Any) -> str:
        *asked, options = fields(claim, "model", "agent", "rules", "decision", "when", "steps", "options")
        taken = self._taken(asked)
        need(taken == options, f"{taken} are taken, not {options}")
        return f"optimal policies of {asked[1]} in {asked[0]!r} take {options} at {asked[3]} when {asked[4]}"

    def _taken(self, asked: list[Any], at: Any = None) -> list[Any]:
        """Return the options that some optimal policy takes at a decision, with positive probability, in a setting."""
        name, agent, rules, decision, when, steps = asked
        model, taken = self._model(name, at).ruled(rules), []
        model.node(decision, "decision")
        listed = next(node["states"] for node in self.models[name]["nodes"] if node["name"] == decision)
        for k, state in enumerate(listed):
            setting = {decision: k} | model.setting(when)
            possible = setting[decision] == k and optimum(_with_bonus(model, setting, ONE), agent, steps)[1] > 0
            taken += [state] if possible else []
        return taken

    def _mean(self, claim: Any) -> str:
        names = ("model", "agent", "rules", "of", "given", "do", "value", "steps")
        name, agent, rules, of, given, do, value, steps = fields(claim, *names)
        model = self._model(name).ruled(rules)
        need(not do or not model.of("decision"), "an intervention needs a rule for each decision")
        need(isinstance(of, dict) or model.of("utility", of), f"{of!r} has no utility")
        for node, k in model.setting(do).items():
            row = tuple(Fraction(k == other) for other in range(len(model.node(node, "chance").states)))
            model = model.revised(model.nodes[node]._replace(parents=(), numbers=row))
        where, number = model.setting(given), number_of(value)
        aim = where | (model.setting(of) if isinstance(of, dict) else {})
        need(aim.items() >= where.items(), "what is asked is excluded by what is given")
        for side in (ONE, -ONE):
            compared = _with_bonus(model, where, -number * side)
            for utility in [""] if isinstance(of, dict) else model.of("utility", of):
                compared = _with_bonus(compared, aim, side, utility)
            need(optimum(compared, agent, steps)[1] == 0, f"it is not {value} under every optimal policy")
        need(optimum(_with_bonus(model, where, ONE), agent, steps)[1] > 0, "what is given never is")
        what = f"{'P' if isinstance(of, dict) else 'E of utility'}({of} | {given}, do {do}) = {value}"
        return f"{what} in {name!r} under {'every optimal policy of ' + agent if model.of('decision') else 'the rules'}"

    def _equilibrium(self, claim: Any) -> str:
        name, profile, values, steps = fields(claim, "model", "profile", "values", "steps")
        model = self._model(name)
        agents = dict.fromkeys(str(model.nodes[d].agent) for d in model.of("decision"))
        for agent, value, own in zip(agents, fields(values, *agents), fields(steps, *agents), strict=True):
            others = {d: numbers for d, numbers in profile.items() if model.node(d).agent != agent}
            need(expected(model.ruled(profile), agent) == number_of(value), f"{agent} gets another value")
            need(optimum(model.ruled(others), agent, own)[0] == number_of(value), f"{agent} can gain")
        return f"in {name!r} nobody gains by another policy than that of the profile, which gets {values}"

    def _condition(self, claim: Any) -> str:
        names = ("model", "agent", "rules", "decision", "when", "steps", "options", "cells")
        *asked, options, cells = fields(claim, *names)
        need(isinstance(cells, list) and cells, "no cells")
        said, last = [], None
        for k, cell in enumerate(cells):
            low, high, holds = fields(cell, "from", "to", "holds")
            start, end = number_of(low), None if high is None and k == len(cells) - 1 else number_of(high)
            need(start == last or k == 0, "the cells leave a gap")
            need(start == end if k % 2 == 0 else end is None or start < end, "numbers and intervals take turns")
            if holds is not None:
                found = self._taken(asked, start if start == end else (start, end)) == options
                need(holds is found, f"from {low} to {high} it is {found}")
            said.append(f"{low} to {high}: {holds}")
            last = end
        return f"optimal policies of {asked[1]} take {options} at {asked[3]} when {asked[4]}: {'; '.join(said)}"


def _with_bonus(model: Model, where: dict[str, int], size: Any, of: str = "") -> Model:
    """Return the model with a bonus of ``size``, times the utility ``of``, where nodes are in these states."""
    scope = tuple(dict.fromkeys([*where, *model.parents.get(of, ())]))
    settings = [dict(zip(scope, index, strict=True)) for index in model.contexts(scope)]
    numbers = [size * (model.row(of, s).get(0, 0) if of else 1) * int(where.items() <= s.items()) for s in settings]
    name = next(name for k in range(len(model.nodes) + 1) if (name := f"bonus {k}") not in model.nodes)
    return model.revised(Node(name, "utility", BONUS, scope, (), tuple(numbers)))


def _voi(model: Model, agent: str, decision: str, node: str, _: Any) -> None:
    need(node not in below(model, decision) and model.nodes[node].kind != "utility", f"{node} comes later")
    rest = tuple(p for p in model.parents[decision] if p != node)
    seeing, blind = (model.seeing({decision: seen}) for seen in ((*rest, node), rest))
    need(optimum(seeing, agent) > optimum(blind, agent), "seeing the node is worth nothing")


def _voc(model: Model, agent: str, _: Any, node: str, at: Any) -> None:
    need(node not in model.of("decision"), "a decision is controlled already")
    other = model.revised(model.checked(model.nodes[node]._replace(numbers=numbers_of(at))))
    need(optimum(other, agent) > optimum(model, agent), "the mechanism gains nothing")


def _ri(model: Model, agent: str, decision: str, node: str, at: Any) -> None:
    seen, other, state = fields(at, "context", "other", "set")
    (one, first), (two, second) = (_only_best(model, agent, decision, context) for context in (seen, other))
    worlds = _twins(model, above(model, [decision]), {}, model.setting({node: state}))
    places = model.parents[decision]
    led = any((_at(a, places), _at(b, places)) == (one, two) for _, a, b in worlds)
    need(node != decision and first != second and led, "setting the node does not turn one best option into another")


def _ici(model: Model, agent: str, decision: str, node: str, at: Any) -> None:
    context, best, other = _choice(model, agent, decision, at)
    gets = ZERO
    for p, a, b in _twins(model, model.parents, {decision: best} | {node: None}, {decision: other}):
        if _at(a, model.parents[decision]) == context:
            gets += p * sum(model.row(u, b if u == node else a).get(0, 0) for u in model.of("utility", agent))
    need(gets != scores(model, agent, decision)[context][best][0], "the node carries nothing")


def _impact(model: Model, agent: str, decision: str, node: str, at: Any) -> None:
    context, best, other = _choice(model, agent, decision, at)
    worlds = _twins(model, model.parents, {decision: best}, {decision: other})
    here = [pair for _, *pair in worlds if _at(pair[0], model.parents[decision]) == context]
    final = model.nodes[node].kind == "utility"
    values = ([model.row(node, s) if final else s[node] for s in pair] for pair in here)
    need(any(value != moved for value, moved in values), "the node does not move")


def _choice(model: Model, agent: str, decision: str, at: Any) -> tuple[Any, int, int]:
    """Return a context, the option that is best there alone, and another one."""
    given, other = fields(at, "context", "other")
    return *_only_best(model, agent, decision, given), model.setting({decision: other})[decision]


def _at(setting: dict[str, int], names: Any) -> tuple[int, ...]:
    return tuple(setting[name] for name in names)


def _only_best(model: Model, agent: str, decision: str, given: Any) -> tuple[tuple[int, ...], int]:
    """Return a context, and the one option that every optimal policy takes there, no other decision having one."""
    setting = model.setting(given)
    need(set(setting) == set(model.parents[decision]), "a context gives a state to each observation")
    need(all(len(model.nodes[d].states) == 1 for d in model.of("decision") if d != decision), "others have options")
    row = scores(model, agent, decision)[context := _at(setting, model.parents[decision])]
    best = max(range(len(row)), key=row.__getitem__)
    need(all(row[best] > value for k, value in enumerate(row) if k != best), "no option alone is best")
    return context, best


def _twins(model: Model, nodes: Any, here: dict[str, Any], there: dict[str, Any]) -> list[Any]:
    """Return pairs of worlds with their probability, in which some nodes are set (None: as in the other world).

    A node draws once where its parents are the same in both, else anew in each.
    """
    worlds: list[tuple[Any, dict[str, int], dict[str, int]]] = [(ONE, {}, {})]
    for name in nodes:
        seen, new = model.parents[name], []
        for p, a, b in worlds if model.nodes[name].kind != "utility" else ():
            first = {here[name]: ONE} if here.get(name) is not None else model.row(name, a)
            second = {there[name]: ONE} if name in there else model.row(name, b)
            once = here[name] is None if name in here else name not in there and _at(a, seen) == _at(b, seen)
            pairs = [(j, k, q * r) for k, q in second.items() for j, r in ({k: ONE} if once else first).items()]
            new += [(p * q, a | {name: j}, b | {name: k}) for j, k, q in pairs]
        worlds = new or worlds
        need(len(worlds) <= MAX_WORLDS, "too many worlds")
    return worlds
