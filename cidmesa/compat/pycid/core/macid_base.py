"""`MACIDBase`: networks with agents, their decisions and utilities; `MechanismGraph`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, KeysView, Mapping, Sequence
from typing import Any

import networkx as nx

from cidmesa.compat.pycid.core import engine, policies
from cidmesa.compat.pycid.core.causal_bayesian_network import CausalBayesianNetwork, Context
from cidmesa.compat.pycid.core.cpd import ConstantCPD, DecisionDomain, Outcome, StochasticFunctionCPD
from cidmesa.compat.pycid.differences import differs
from cidmesa.errors import DiagramError, ModelError, near_miss
from cidmesa.interop.pycid.reading import agent_names
from cidmesa.structure.relevance import has_sufficient_recall, is_r_reachable

__all__ = ["AgentLabel", "MACIDBase", "MechanismGraph"]

AgentLabel = Hashable
Policy = tuple[StochasticFunctionCPD, ...]


class MACIDBase(CausalBayesianNetwork):
    """A network in which agents own decisions and utilities.

    ``agent_decisions`` and ``agent_utilities`` map an agent to its nodes, ``decision_agent`` and ``utility_agent`` a
    node to its agent. Names that are in no link become nodes without links.

    Raises:
        DiagramError: text in place of a list of names; one node with two roles.

    """

    def __init__(
        self,
        edges: Iterable[tuple[str, str]] | None = None,
        agent_decisions: Mapping[AgentLabel, Sequence[str]] | None = None,
        agent_utilities: Mapping[AgentLabel, Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        self.agent_decisions = _owned(agent_decisions or {})
        self.agent_utilities = _owned(agent_utilities or {})
        self.decision_agent = {node: agent for agent, nodes in self.agent_decisions.items() for node in nodes}
        self.utility_agent = {node: agent for agent, nodes in self.agent_utilities.items() for node in nodes}
        names = [node for owned in (self.agent_decisions, self.agent_utilities) for ns in owned.values() for node in ns]
        if twice := [node for node in names if names.count(node) > 1]:
            raise DiagramError(f"node {twice[0]!r} is given two roles. Give each node one kind and one agent.")
        self._options: dict[str, list[Outcome]] = {}
        super().__init__(edges, **kwargs)
        nx.DiGraph.add_nodes_from(self, (name for name in names if name not in self))

    # --- agents and kinds ---------------------------------------------------------------------------------------

    @property
    def decisions(self) -> KeysView[str]:
        """All decision nodes."""
        return self.decision_agent.keys()

    @property
    def utilities(self) -> KeysView[str]:
        """All utility nodes."""
        return self.utility_agent.keys()

    @property
    def agents(self) -> KeysView[AgentLabel]:
        """All agents."""
        return (dict.fromkeys(self.agent_decisions) | dict.fromkeys(self.agent_utilities)).keys()

    def make_decision(self, node: str, agent: AgentLabel = 0) -> None:
        """Turn a node into a decision of ``agent`` whose options are the outcomes it had."""
        self.make_chance(node)
        self.decision_agent[node] = agent
        self.agent_decisions.setdefault(agent, []).append(node)
        if (domain := self._outcomes(node)) is not None:
            self._options[node] = domain
            self.model[node] = DecisionDomain(node, self, domain)

    def make_utility(self, node: str, agent: AgentLabel = 0) -> None:
        """Turn a node into a utility of ``agent``."""
        self.make_chance(node)
        self.utility_agent[node] = agent
        self.agent_utilities.setdefault(agent, []).append(node)

    def make_chance(self, node: str) -> None:
        """Turn a node into a chance node; a decision goes on as it is decided now."""
        self._known(node)
        for owner, owned in ((self.decision_agent, self.agent_decisions), (self.utility_agent, self.agent_utilities)):
            if node in owner:
                owned[owner.pop(node)].remove(node)
        self._options.pop(node, None)

    def remove_node(self, n: str) -> None:
        """Remove a node, its links, its CPD and its role."""
        self.make_chance(n)
        super().remove_node(n)

    def agent_name(self, agent: AgentLabel) -> str:
        """Return what our diagrams call ``agent``; ModelError names the agents there are."""
        if agent not in self.agents:
            known = ", ".join(map(repr, self.agents)) or "none"
            raise ModelError(f"there is no agent {agent!r}.{near_miss(agent, map(str, self.agents))} "
                             f"The agents are: {known}.")  # fmt: skip
        return agent_names(self)[agent]

    # --- options and rules --------------------------------------------------------------------------------------

    def declare(self, variable: str, relationship: Any) -> None:
        """Take note of the options of a decision; a rule alone does not change those that are known."""
        if variable not in self.decisions:
            return
        if isinstance(relationship, DecisionDomain):
            self._options[variable] = relationship.domain
        elif isinstance(relationship, Sequence) and not isinstance(relationship, str):
            self._options[variable] = DecisionDomain(variable, self, relationship).domain

    def _retabulate(self, node: str) -> None:
        super()._retabulate(node)
        if node not in self._tables or node not in self.decisions:
            return
        rule = self._tables[node]
        domain, options = rule.domain, self._options.setdefault(node, rule.domain)
        if not isinstance(rule, StochasticFunctionCPD) or rule.declared is not None:
            return
        if domain != options and set(domain) <= set(options):
            if len(domain) < len(options):
                differs(f"{node!r} keeps its options {options}, its rule takes only {domain}. PyCID drops the rest.")
            self._tables[node] = StochasticFunctionCPD(node, rule.func, self, options, label=rule.label)

    def options(self, decision: str) -> list[Outcome]:
        """Return the options of ``decision`` as they were declared; KeyError where it has none."""
        return self._options[decision]

    def known_options(self, decision: str) -> list[Outcome] | None:
        """Return the options of ``decision``, ``None`` where they were not declared."""
        return self._options.get(decision)

    def _undecided(self, decision: str) -> bool:
        return isinstance(self._tables.get(decision), DecisionDomain)

    def check_decided(self, query: Iterable[str], known: Iterable[str]) -> None:
        """Raise ModelError if, with ``known`` known, the answer hangs on a decision that has no rule."""
        wanting = engine.reaching_mechanisms(self, query, known)
        if missing := [node for node in self.decisions if node in wanting and self._undecided(node)]:
            raise ModelError(f"the answer depends on how {', '.join(missing)} is decided. Give it a rule first, "
                             "for example by impute_random_decision or impute_optimal_decision.")  # fmt: skip

    def impute_random_decision(self, d: str) -> None:
        """Let ``d`` choose uniformly."""
        cpd = self._tables.get(self._known(d))
        if cpd is None:
            raise ModelError(f"the options of {d!r} are not known. List them: add_cpds({d}=[0, 1]).")
        self.add_cpds(ConstantCPD(d, {}, self, cpd.domain, label="uniform"))

    def impute_fully_mixed_policy_profile(self) -> None:
        """Let all decisions choose uniformly."""
        for decision in list(self.decisions):
            self.impute_random_decision(decision)

    def remove_all_decision_rules(self) -> None:
        """Let all decisions have no rule, only their options; KeyError where these are not known."""
        self.model.update(
            {decision: DecisionDomain(decision, self, self.options(decision)) for decision in self.decisions}
        )

    def impute_optimal_decision(self, decision: str) -> None:
        """Give ``decision`` an optimal rule, all other decisions behaving as they do now."""
        self.add_cpds(*policies.optimal(self, [decision]))

    def impute_conditional_expectation_decision(self, decision: str, y: str) -> None:
        """Let ``decision`` be the expectation of ``y`` given what it observes, among those that are possible.

        Its outcomes become these expectations; its options stay what they were declared to be.
        """
        self.add_cpds(policies.conditional_expectation(self, decision, y))

    def pure_decision_rules(self, decision: str) -> Iterator[StochasticFunctionCPD]:
        """Yield every deterministic rule of ``decision``."""
        yield from policies.pure_rules(self, decision)

    def pure_policies(self, decision_nodes: Iterable[str]) -> Iterator[Policy]:
        """Yield every deterministic policy over some decisions."""
        yield from policies.pure_policies(self, list(decision_nodes))

    def optimal_pure_policies(self, decisions: Iterable[str], rel_tol: float = 1e-9) -> list[Policy]:
        """Return all deterministic policies over decisions of one agent whose value is the best there is."""
        return policies.all_optimal(self, list(decisions), rel_tol)

    def optimal_pure_decision_rules(self, decision: str) -> list[StochasticFunctionCPD]:
        """Return all deterministic rules of ``decision`` whose value is the best there is."""
        return [rule for (rule,) in self.optimal_pure_policies([decision])]

    # --- questions ----------------------------------------------------------------------------------------------

    def expected_utility(self, context: Context, intervention: Context | None = None, agent: AgentLabel = 0) -> float:
        """Return the expected sum of the agent's utilities in a context, under an intervention."""
        self.agent_name(agent)
        return sum(self.expected_value(self.agent_utilities.get(agent, []), context, intervention))

    def get_valid_order(self, nodes: Iterable[str] | None = None) -> list[str]:
        """Return some nodes (by default the decisions) in a topological order."""
        wanted = self._all_known(self.decisions if nodes is None else nodes)
        return [node for node in nx.lexicographical_topological_sort(self) if node in wanted]

    def is_s_reachable(self, d1: str | Iterable[str], d2: str | Iterable[str]) -> bool:
        """Return whether some decision of ``d2`` is s-reachable from some decision of ``d1``."""
        return self.is_r_reachable(d1, d2)

    def is_r_reachable(self, decisions: str | Iterable[str], nodes: str | Iterable[str]) -> bool:
        """Return whether the mechanism of some node is r-reachable from some decision."""
        shape = engine.diagram(self)
        starts, ends = ([given] if isinstance(given, str) else list(given) for given in (decisions, nodes))
        return any(bool(is_r_reachable(shape, start, end)) for start in starts for end in ends)

    def sufficient_recall(self, agent: AgentLabel | None = None) -> bool:
        """Return whether the relevance graph of the agent's (of each agent's) decisions is acyclic."""
        shape = engine.diagram(self)
        names = [self.agent_name(one) for one in (self.agents if agent is None else [agent])]
        return all(bool(has_sufficient_recall(shape, name)) for name in names if name in shape.agents)

    # --- copies and pictures ------------------------------------------------------------------------------------

    def copy_without_cpds(self) -> MACIDBase:
        """Return the same graph and agents without relationships."""
        made: MACIDBase = self._with_graph_into(MACIDBase([], self.agent_decisions, self.agent_utilities))
        return made

    def _bare_copy(self) -> Any:
        made = self.copy_without_cpds()
        made._options.update({node: list(options) for node, options in self._options.items()})  # noqa: SLF001
        return made

    def _get_color(self, node: str) -> Any:
        from cidmesa.compat.pycid.core.drawing import agent_color

        owner = self.decision_agent.get(node, self.utility_agent.get(node))
        return super()._get_color(node) if owner is None else agent_color(list(self.agents).index(owner))

    def _get_shape(self, node: str) -> str:
        return "s" if node in self.decisions else "D" if node in self.utilities else "o"


class MechanismGraph(MACIDBase):
    """The graph with a further parent ``Xmec``, the mechanism, for each node X; without relationships.

    Raises:
        DiagramError: a node has the name of another's mechanism (PyCID merges the two).

    """

    def __init__(self, cid: MACIDBase | None = None) -> None:
        if cid is None:  # networkx makes empty graphs of the same class
            super().__init__()
            return
        if clash := [node for node in cid.nodes if f"{node}mec" in cid]:
            raise DiagramError(f"node '{clash[0]}mec' has the name of the mechanism of {clash[0]!r}. Rename it.")
        super().__init__([], cid.agent_decisions, cid.agent_utilities)
        nx.DiGraph.add_nodes_from(self, cid.nodes)
        nx.DiGraph.add_edges_from(self, cid.edges)
        nx.DiGraph.add_edges_from(self, [(f"{node}mec", node) for node in cid.nodes])


def _owned(given: Mapping[AgentLabel, Sequence[str]]) -> dict[AgentLabel, list[str]]:
    for agent, nodes in given.items():
        if isinstance(nodes, str):
            raise DiagramError(f"the nodes of agent {agent!r} are a list of names, not the text {nodes!r}.")
    return {agent: list(nodes) for agent, nodes in given.items()}
