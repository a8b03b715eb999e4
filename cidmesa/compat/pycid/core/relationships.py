"""`Model`: what a network's ``.model`` is, a dictionary node -> relationship that keeps the tables up to date."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cidmesa.compat.pycid.core.cpd import ConstantCPD, DecisionDomain, StochasticFunctionCPD
from cidmesa.compat.pycid.core.factor import TabularCPD
from cidmesa.errors import ModelError, UnknownNode

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.causal_bayesian_network import CausalBayesianNetwork

__all__ = ["Model", "Relationship"]

Relationship = TabularCPD | Mapping[Any, float] | Callable[..., Any] | Sequence[Any]


class Model(UserDict[str, Any]):
    """Node -> relationship, as they were given; the tables are made when all parents of a node have theirs."""

    def __init__(self, cbn: CausalBayesianNetwork, *args: Any, **kwargs: Any) -> None:
        self.cbn = cbn
        super().__init__(*args, **kwargs)

    @property
    def domain(self) -> dict[str, list[Any]]:
        """Node -> its outcomes, of the nodes that have a table."""
        return {cpd.variable: cpd.domain for cpd in self.cbn.cpds}

    def __setitem__(self, variable: str, relationship: Relationship) -> None:
        self.update({variable: relationship})

    def __delitem__(self, variable: str) -> None:
        super().__delitem__(variable)
        self.cbn.refresh([variable])

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several relationships, then make the tables that can be made; where that fails, all stay as they were."""
        given = dict(*args, **kwargs)
        for variable, relationship in given.items():
            if variable not in self.cbn:
                raise UnknownNode(variable, list(self.cbn.nodes))
            self.cbn.declare(variable, relationship)
        before = dict(self.data)
        self.data.update(given)
        try:
            self.cbn.refresh(given)
        except ValueError:
            self.data = before
            raise

    def to_tabular_cpd(self, variable: str, relationship: Relationship) -> TabularCPD:
        """Return the table of a relationship.

        Raises:
            ModelError: what is given is no relationship.

        """
        if isinstance(relationship, StochasticFunctionCPD):
            return relationship.bound_to(self.cbn)
        if hasattr(relationship, "values") and hasattr(relationship, "variables"):
            return TabularCPD.of(relationship).bound(self.cbn.states_of_parents(variable) or {})
        if isinstance(relationship, Mapping):
            return ConstantCPD(variable, relationship, self.cbn)
        if callable(relationship):
            return StochasticFunctionCPD(variable, relationship, self.cbn)
        given: object = relationship
        if isinstance(given, Sequence) and not isinstance(given, str):
            return DecisionDomain(variable, self.cbn, given)
        raise ModelError(f"{variable!r} is given {relationship!r}. A distribution {{outcome: probability}}, a function "
                         "of the parents, a table or (for a decision) a list of options is needed.")  # fmt: skip
