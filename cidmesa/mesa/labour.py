"""Small models of Hubinger et al. 2019, sections 2 and 3: division of labour, and selection as a game."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.errors import ModelError, NotApplicable
from cidmesa.mesa.compose import compose
from cidmesa.mesa.scores import scored
from cidmesa.modelling.construction import model
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.numbers import as_number, show
from cidmesa.modelling.shorthand import table, uniform
from cidmesa.solving.utility import expected_utility
from cidmesa.structure.build import cid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number
    from cidmesa.modelling.policy import Policy

__all__ = ["division_of_labour", "selection_game"]


def division_of_labour(
    power: object, instances: Sequence[object], options: Sequence[object], cost: str = "x ** 2"
) -> Model:
    r"""Return the model in which a base optimizer divides its bits between itself and run-time optimization.

    The base optimizer has :math:`P` bits (``power``) for :math:`N` instances, each of which needs its own policy. It
    chooses the bits x that the learned algorithm spends on each instance; an x-bit optimizer costs :math:`f(x)` bits
    (``cost``). The total per instance is :math:`(P - f(x))/N + x`, subject to :math:`f(x) \le P`. N is observed and
    uniformly distributed. For :math:`f(x) = x^2` the optimum is :math:`\min(N/2, \sqrt P)`: the more varied the task,
    the more a mesa-optimizer pays. Source: Hubinger et al. 2019, section 2; as a diagram ours.

    Args:
        power: P, the optimization power of the base optimizer in bits.
        instances: the numbers N of instances.
        options: the values of x to choose from; those that cost more than P are left out.
        cost: f, an expression in ``x``.

    Raises:
        ModelError: every option costs more than the power.

    >>> import cidmesa as cm
    >>> m = division_of_labour(100, [1, 4, 10, 20, 100], ["1/2", 1, 2, 5, 10, 20])
    >>> best = cm.solve(m).policy["x"]
    >>> [str(best(N=n)) for n in (1, 4, 10, 20, 100)]
    ['1/2', '2', '5', '10', '10']

    """
    bits, spent = _number(power), Expression(cost)
    spent.check_names(("x",), "the bits x")
    choices = [_number(option) for option in options]
    paid = [x for x in choices if as_number(spent({"x": x})) <= bits]
    if not paid:
        raise ModelError(f"no option costs at most {show(bits)} bits: {', '.join(map(show, choices)) or 'none given'}.")
    diagram = cid("N -> x; N, x -> Total", decisions={"base": ["x"]}, utilities={"base": ["Total"]})
    total = f"(P - ({cost})) / N + x"
    given = {"N": uniform([_number(n) for n in instances]), "x": paid, "Total": total}
    return model(diagram, given, parameters={"P": bits})


def _number(given: object) -> Number:
    if not isinstance(given, str):
        return as_number(given)
    read = Expression(given)
    read.check_names((), "no name")
    return as_number(read({}))


def selection_game(training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> Model:
    r"""Return selection as a game: the base agent picks the mesa-optimizer, which then picks its actions.

    The game expresses the bilevel formula :math:`\theta^* = \arg\max_\theta E[O_{base}(\pi_\theta)]`,
    :math:`\pi_\theta = \arg\max_\pi E[O_{mesa}(\pi \mid \theta)]` as a diagram ``Theta -> Policy``. The options of
    ``Policy`` are the candidates' policies (for each candidate, the optimal policy that is worst for the base agent),
    valued by each candidate's own model; the base utility reads only the policy. If a candidate has several such
    policies, another candidate values them at the least worth to it of any. The subgame-perfect equilibria are the
    selections of `select` with "argmax". Source: Hubinger et al. 2019, section 3.

    Args:
        training: the training process.
        specs: the candidates by name.

    Raises:
        NotApplicable: a candidate has several agents and so no single objective, or candidates decide different
            actions.

    >>> import cidmesa as cm
    >>> red = cm.load("hubinger2019/red-door")
    >>> game = selection_game(red.training, red.specs)
    >>> game.cid.edges
    (('Theta', 'Policy'), ('Theta', 'U_mesa'), ('Policy', 'U_mesa'), ('Policy', 'U_base'))
    >>> cm.expected_utility(game, {"Theta": "wants-red", "Policy": "wants-door"}, "base")
    Fraction(1, 1)

    """
    composed = {name: _single(name, compose(training, spec)) for name, spec in specs.items()}
    if len({tuple(c.model.cid.decisions) for c in composed.values()}) > 1:
        raise NotApplicable("the candidates decide different actions, so their policies cannot be exchanged.")
    worlds = {name: scored(c, in_training=True) for name, c in composed.items()}
    worst = {name: _worst(worlds[name], c) for name, c in composed.items()}
    links = "Theta -> Policy; Theta, Policy -> U_mesa; Policy -> U_base"
    owned = {
        "decisions": {"base": ["Theta"], "mesa": ["Policy"]},
        "utilities": {"mesa": ["U_mesa"], "base": ["U_base"]},
    }
    wants = [[t, p, min(_own(composed[t], policy) for policy in worst[p][1])] for t in specs for p in specs]
    given = {
        "Theta": list(specs),
        "Policy": list(specs),
        "U_mesa": table(wants, ["Theta", "Policy"]),
        "U_base": table([[p, worst[p][0]] for p in specs], ["Policy"]),
    }
    return model(cid(links, **owned), given)


def _worst(world: Model, composition: Composition) -> tuple[Number, list[Policy]]:
    """Return the least base score of the optimal policies, and all that have it."""
    base, found = composition.training.base_agent, list(composition.optimal_policies())
    scores = [expected_utility(world, policy, base) for policy in found]
    least = min(scores)
    return least, [policy for policy, score in zip(found, scores, strict=True) if score == least]


def _own(composition: Composition, policy: Policy) -> Number:
    """Return what the candidate itself expects of the policy."""
    decision = composition.cid.decisions[0]
    return expected_utility(composition.model, policy, composition.cid.agent(decision))


def _single(name: str, composition: Composition) -> Composition:
    agents = {composition.cid.agent(decision) for decision in composition.cid.decisions}
    if len(agents) != 1:
        raise NotApplicable(f"the candidate {name!r} is several agents, so it has no single objective.")
    return composition
