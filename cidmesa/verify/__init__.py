"""A checker of proofs that knows nothing of how they were found.

It imports the standard library alone, shares no code with the rest of the package, and reads the statement that it
prints off the claim itself. ``python -m cidmesa.verify proof.json`` runs it; the folder works alone, too.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, NamedTuple

from .model import BONUS, ONE, ZERO, Model, Node, Refused, fields, need, number_of, numbers_of, token

__all__ = ["Refused", "verify"]

CONCEPTS, MAX_WORLDS = ("voi", "voc", "ri", "ici", "impact"), 200_000
KINDS = {  # kind -> what a claim of it says
    "excluded": "model concept agent decision node steps",
    "admits": "model concept agent decision node by at",
    "diagram": "model relation of to holds",
    "optimum": "model agent rules policy value steps",
    "options": "model agent rules decision when steps options",
    "mean": "model agent rules of given do value steps",
    "equilibrium": "model profile values steps",
    "condition": "model agent rules decision when steps options cells",
}


def verify(text: str) -> list[str]:
    """Return the sentences that a proof shows, one for each claim; Refused if something is not shown or not exact.

    >>> verify('{"cidmesa-proof": 1, "models": {"g": {"nodes": []}}, "claims": [{"kind": "diagram", "model": "g", '
    ...        '"relation": "soluble", "of": null, "to": null, "holds": true}]}')
    ['the diagram is soluble']

    """
    try:
        proof = json.loads(text, object_pairs_hook=_once, parse_float=number_of, parse_constant=number_of)
        version, _, models, claims = fields(proof, "cidmesa-proof", "about?", "models", "claims")
        need(version == 1 and version is not True, f"version {version!r} is not known")
        need(isinstance(models, dict) and isinstance(claims, list) and claims, "no models, or no claims")
        return list(map(_Claims(models).shown, claims))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Refused(f"no JSON of a proof: {error!r}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len(dict(pairs)) == len(pairs), "a key stands twice")
    return dict(pairs)


class _Claims(NamedTuple):
    """The claims of a proof about its models."""

    models: Any

    def shown(self, claim: Any) -> str:
        """Return the sentence that a claim makes once it is shown; Refused where it is not."""
        need(isinstance(claim, dict) and claim.get("kind") in KINDS, "no claim of a known kind")
        fields(claim, *KINDS[claim["kind"]].split(), "kind")
        return str(getattr(self, f"_{claim['kind']}")(SimpleNamespace(**claim)))

    def _model(self, name: Any, rules: Any = None, at: Any = None) -> Model:
        need(isinstance(name, str) and name in self.models, f"there is no model {name!r}")
        model = Model.read(self.models[name], at)
        return model if rules is None else model.ruled(rules)

    def _seen(self, c: Any) -> Model:
        """Return a diagram as an agent sees it, what others own being given, of which an incentive can be claimed."""
        whole = self._model(c.model)
        others = [node for node in whole.nodes.values() if node.agent not in (None, c.agent)]
        model = whole.revised(*(node._replace(kind="chance", agent=None) for node in others))
        kind, decided = model.node(c.node).kind, c.decision in model.of("decision")
        need(c.concept in CONCEPTS and c.agent in whole.agents, f"no {c.concept!r} of {c.agent!r}")
        fits = c.decision is None and kind != "decision" if c.concept == "voc" else decided
        need(fits, f"there is no {c.concept} at {c.decision} on {c.node}")
        need(c.concept != "voi" or (kind != "utility" and c.node not in model.below(c.decision)), f"{c.node} is later")
        return model

    def _excluded(self, c: Any) -> str:
        model = self._seen(c)
        if c.concept == "voi":
            model = model.seeing({c.decision: tuple(dict.fromkeys([*model.parents[c.decision], c.node]))})
        rest = model.after(c.steps)
        scored, moved = rest.above(rest.of("utility")), rest.below(c.decision)
        there = {
            "voi": c.node in rest.parents.get(c.decision, ()),
            "voc": c.node in scored,
            "ri": c.node in rest.above([c.decision]),
            "ici": c.node in moved and c.node in scored,
            "impact": c.node in model.below(c.decision) and c.decision in scored,
        }[c.concept]
        need(not there, f"what {c.concept} on {c.node} needs is there")
        return f"no model on the diagram has {c.concept} of {c.decision or c.agent} on {c.node}"

    def _diagram(self, c: Any) -> str:
        model = self._model(c.model)
        if c.relation == "soluble":
            left = model.of("decision")
            while some := model.free(left):
                left = [d for d in left if d not in some]
            need(c.of is None and c.to is None, "a whole diagram is soluble")
            found = not left
        elif c.relation == "relies":
            found = model.relies(model.node(c.of, "decision").name, model.node(c.to, "decision").name)
        else:
            need(c.relation == "requisite", f"no relation {c.relation!r}")
            later = model.below(model.node(c.to, "decision").name)
            need(model.node(c.of).kind != "utility" and c.of not in later, f"{c.of} cannot be observed")
            family = {c.to, *model.parents[c.to]} - {c.of}
            found = bool(model.connected([c.of], family) & model.aims(c.to))
        need(c.holds is found, f"it is {found}, not {c.holds}")
        return f"{c.of or 'the diagram'} {'is' if found else 'is not'} {c.relation}{f' to {c.to}' if c.to else ''}"

    def _admits(self, c: Any) -> str:
        model, own = self._seen(c), self._model(c.by)
        one, two = ({n: (x.kind, x.agent, set(x.parents)) for n, x in m.nodes.items()} for m in (model, own))
        need(one == two and any(x.numbers for x in own.nodes.values()), "the model has another diagram, or no numbers")
        need(self._has(own, c), f"{c.by!r} does not show it")
        return f"some model on the diagram, {c.by!r}, has {c.concept} of {c.decision or c.agent} on {c.node}"

    def _optimum(self, c: Any) -> str:
        model = self._model(c.model, c.rules)
        ruled = model.ruled(c.policy)
        need(c.agent in model.agents and not ruled.of("decision"), f"no agent {c.agent!r}, or a decision has no rule")
        need(model.optimum(c.agent, c.steps)[0] == number_of(c.value), f"{c.value} is not the most")
        need(ruled.optimum(c.agent)[0] == number_of(c.value), "the policy gets another value")
        return f"{c.value} is the most that {c.agent} can get in {c.model!r}, and the policy gets it"

    def _options(self, c: Any) -> str:
        need(self._take(c), f"other options than {c.options} are taken")
        return f"optimal policies of {c.agent} in {c.model!r} take {c.options} at {c.decision} when {c.when}"

    def _take(self, c: Any, at: Any = None) -> bool:
        """Return whether exactly these options are taken by some optimal policy, with positive probability."""
        model, taken = self._model(c.model, c.rules, at), []
        for k, state in enumerate(model.node(c.decision, "decision").states):
            where = {c.decision: k} | model.setting(c.when)
            possible = where[c.decision] == k and self._with_bonus(model, where, ONE).optimum(c.agent, c.steps)[1] > 0
            taken += [state] if possible else []
        return taken == list(map(token, c.options))

    def _mean(self, c: Any) -> str:
        model, event = self._model(c.model, c.rules), isinstance(c.of, dict)
        need(not c.do or not model.of("decision"), "an intervention needs a rule for each decision")
        need(event or model.of("utility", c.of), f"{c.of!r} has no utility")
        for node, k in model.setting(c.do).items():
            model = model.seeing({model.node(node, "chance").name: ()}).followed(node, [k])
        where, number = model.setting(c.given), number_of(c.value)
        aim = where | (model.setting(c.of) if event else {})
        need(aim.items() >= where.items(), "what is asked is excluded by what is given")
        for side in (ONE, -ONE):
            compared = self._with_bonus(model, where, -number * side)
            for utility in [""] if event else model.of("utility", c.of):
                compared = self._with_bonus(compared, aim, side, utility)
            need(compared.optimum(c.agent, c.steps)[1] == 0, f"it is not {c.value} under every optimal policy")
        need(self._with_bonus(model, where, ONE).optimum(c.agent, c.steps)[1] > 0, "what is given never is")
        what = f"{'P' if event else 'E of utility'}({c.of} | {c.given}, do {c.do}) = {c.value} in {c.model!r}"
        return f"{what} under {'every optimal policy of ' + c.agent if model.of('decision') else 'the rules'}"

    def _equilibrium(self, c: Any) -> str:
        model = self._model(c.model)
        agents = dict.fromkeys(str(model.nodes[d].agent) for d in model.of("decision"))
        for agent, value, steps in zip(agents, fields(c.values, *agents), fields(c.steps, *agents), strict=True):
            own = {d: numbers for d, numbers in c.profile.items() if model.node(d).agent == agent}
            rules = {d: numbers for d, numbers in c.profile.items() if d not in own}
            asked = {"model": c.model, "agent": agent, "rules": rules, "policy": own, "value": value, "steps": steps}
            self._optimum(SimpleNamespace(**asked))
        return f"in {c.model!r} nobody gains by another policy than that of the profile, which gets {c.values}"

    def _condition(self, c: Any) -> str:
        need(isinstance(c.cells, list) and c.cells, "no cells")
        last = None
        for k, cell in enumerate(c.cells):
            low, high, holds = fields(cell, "from", "to", "holds")
            start, end = number_of(low), None if high is None and k == len(c.cells) - 1 else number_of(high)
            need(start == last or k == 0, "the cells leave a gap")
            need(start == end if k % 2 == 0 else end is None or start < end, "numbers and intervals take turns")
            if holds is not None:
                found = self._take(c, start if start == end else (start, end))
                need(holds is found, f"from {low} to {high} it is {found}")
            last = end
        cells = "; ".join(f"{cell['from']} to {cell['to']}: {cell['holds']}" for cell in c.cells)
        return f"optimal policies of {c.agent} take {c.options} at {c.decision} when {c.when}: {cells}"

    def _with_bonus(self, model: Model, where: dict[str, int], size: Any, of: str = "") -> Model:
        """Return the model with a bonus of ``size``, times the utility ``of``, where nodes are in these states."""
        scope = tuple(dict.fromkeys([*where, *model.parents.get(of, ())]))
        settings = [dict(zip(scope, index, strict=True)) for index in model.contexts(scope)]
        numbers = [size * (model.row(of, s).get(0, 0) if of else 1) * int(where.items() <= s.items()) for s in settings]
        name = next(name for k in range(len(model.nodes) + 1) if (name := f"bonus {k}") not in model.nodes)
        return model.revised(Node(name, "utility", BONUS, scope, (), tuple(numbers)))

    def _has(self, model: Model, c: Any) -> bool:
        if c.concept == "voi":
            rest = tuple(p for p in model.parents[c.decision] if p != c.node)
            seeing, blind = (model.seeing({c.decision: seen}) for seen in ((*rest, c.node), rest))
            return bool(seeing.optimum(c.agent) > blind.optimum(c.agent))
        if c.concept == "voc":
            revised = model.revised(model.checked(model.nodes[c.node]._replace(numbers=numbers_of(c.at))))
            return bool(revised.optimum(c.agent) > model.optimum(c.agent))
        if c.concept == "ri":
            given, led, state = fields(c.at, "context", "other", "set")
            (one, first, _), (two, second, _) = (self._only_best(model, c, context) for context in (given, led))
            worlds = self._twins(model, model.above([c.decision]), {}, model.setting({c.node: state}))
            met = any(one.items() <= a.items() and two.items() <= b.items() for _, a, b in worlds)
            return met and first != second and c.node != c.decision
        given, other = fields(c.at, "context", "other")
        context, best, score = self._only_best(model, c, given)
        kept = {c.node: None} if c.concept == "ici" else {}
        twins = self._twins(model, model.parents, {c.decision: best, **kept}, model.setting({c.decision: other}))
        worlds = [world for world in twins if context.items() <= world[1].items()]
        if c.concept == "ici":
            return bool(score != sum(p * a[u] for p, a, _ in worlds for u in model.of("utility", c.agent)))
        return any(a[c.node] != b[c.node] for _, a, b in worlds)

    def _only_best(self, model: Model, c: Any, given: Any) -> tuple[dict[str, int], int, Any]:
        """Return a context, the one option that every optimal policy takes there, others having none, and its score."""
        context, decisions = model.setting(given), model.of("decision")
        need(set(context) == set(model.parents[c.decision]), "a context gives a state to each observation")
        need(all(len(model.nodes[d].states) == 1 for d in decisions if d != c.decision), "others have options")
        row = model.scores(c.agent, c.decision)[tuple(context[name] for name in model.parents[c.decision])]
        need(row.count(max(row)) == 1, "no option alone is best")
        return context, row.index(max(row)), max(row)[0]

    def _twins(self, model: Model, nodes: Any, here: dict[str, Any], there: dict[str, Any]) -> Any:
        """Return pairs of worlds with their probability, in which some nodes are set (None: as in the other world)."""
        worlds: Any = [(ONE, {}, {})]
        for name in nodes:
            new, final = [], model.nodes[name].kind == "utility"
            for p, a, b in worlds:
                rows = [model.row(name, world) for world in (a, b)]
                first, second = ({row.get(0, ZERO): ONE} for row in rows) if final else rows
                first = {here[name]: ONE} if here.get(name) is not None else first
                second = {there[name]: ONE} if name in there else second
                # a node draws once where its parents are the same in both worlds, else anew in each
                same = name not in there and all(a[parent] == b[parent] for parent in model.parents[name])
                once = here[name] is None if name in here else same
                pairs = [(j, k, q * r) for k, q in second.items() for j, r in ({k: ONE} if once else first).items()]
                new += [(p * q, a | {name: j}, b | {name: k}) for j, k, q in pairs]
            need(len(new) <= MAX_WORLDS, "too many worlds")
            worlds = new
        return worlds
