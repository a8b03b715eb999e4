"""Tables with named axes: `DiscreteFactor`, what a query returns, and `TabularCPD`, what a node holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["DiscreteFactor", "TabularCPD", "text_table"]


class DiscreteFactor:
    """An array with a named axis for each variable, and the names of the states along it.

    The names of the attributes are those of pgmpy's class, which PyCID's users know.
    """

    def __init__(
        self,
        variables: Sequence[str],
        cardinality: Sequence[int],
        values: Any,
        state_names: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        self.variables = list(variables)
        self.cardinality = np.array(cardinality, dtype=int)
        self.values = np.asarray(values, dtype=np.float64).reshape(tuple(self.cardinality))
        names = dict(state_names or {})
        sizes = zip(self.variables, cardinality, strict=True)
        self.state_names = {name: list(names.get(name, range(size))) for name, size in sizes}

    def get_cardinality(self, variables: Iterable[str]) -> dict[str, int]:
        """Return how many states each of ``variables`` has."""
        return {name: len(self.state_names[name]) for name in variables}

    def get_state_names(self, variable: str, number: int) -> Any:
        """Return the state of ``variable`` at a position."""
        return self.state_names[variable][number]

    def get_state_no(self, variable: str, state: Any) -> int:
        """Return the position of a state of ``variable``."""
        return self.state_names[variable].index(state)

    def get_value(self, **states: Any) -> float:
        """Return the cell at one state of each variable."""
        return float(self.values[tuple(self.get_state_no(name, states[name]) for name in self.variables)])

    def normalize(self, inplace: bool = True) -> Any:
        """Divide by the sum of all cells; with ``inplace=False`` return the quotient."""
        if inplace:
            self.values = self.values / self.values.sum()
            return None
        return DiscreteFactor(self.variables, self.values.shape, self.values / self.values.sum(), self.state_names)

    def __str__(self) -> str:
        states = [[(name, state) for state in self.state_names[name]] for name in self.variables]
        cells = ((index, float(value)) for index, value in np.ndenumerate(self.values))
        rows = [[*(f"{states[a][i][0]}({states[a][i][1]})" for a, i in enumerate(at)), f"{v:.4f}"] for at, v in cells]
        return text_table([[*self.variables, f"phi({','.join(self.variables)})"], *rows])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} over {', '.join(self.variables)}>"


class TabularCPD(DiscreteFactor):
    """The probabilities of a variable's states for each setting of its parents, the variable's axis first.

    ``values`` may be given as rows, one for each state, over all settings of ``evidence``, the last varying fastest.

    >>> TabularCPD("D", 2, [[0.25, 1], [0.75, 0]], evidence=["S"], evidence_card=[2]).values.shape
    (2, 2)
    """

    def __init__(
        self,
        variable: str,
        variable_card: int,
        values: Any,
        evidence: Sequence[str] | None = None,
        evidence_card: Sequence[int] | None = None,
        state_names: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        sizes = [int(variable_card), *map(int, evidence_card or ())]
        if np.asarray(values).size != np.prod(sizes):
            raise ModelError(f"the table of {variable!r} needs {' * '.join(map(str, sizes))} cells, "
                             f"not {np.asarray(values).size}.")  # fmt: skip
        super().__init__([variable, *(evidence or ())], sizes, values, state_names)
        self.variable = variable
        self.variable_card = int(variable_card)

    @classmethod
    def of(cls, other: Any) -> TabularCPD:
        """Return a table of another package that has the same attributes (pgmpy's) as one of ours."""
        _, *evidence = other.variables
        sizes = [len(other.state_names[name]) for name in other.variables]
        return TabularCPD(other.variable, sizes[0], other.values, evidence, sizes[1:], other.state_names)

    @property
    def domain(self) -> list[Any]:
        """The states of the variable."""
        return self.state_names[self.variable]

    def get_values(self) -> Any:
        """Return the table with a row for each state and a column for each setting of the parents."""
        return self.values.reshape(self.variable_card, -1)

    def get_evidence(self) -> list[str]:
        """Return the parents, last first, as pgmpy does."""
        return self.variables[:0:-1]

    def bound(self, states: Mapping[str, Sequence[Any]]) -> TabularCPD:
        """Return the table with the parents' states named as in ``states``.

        Raises:
            ModelError: the parents of the table are others, or have another number of states.

        """
        _, *parents = self.variables
        if set(parents) != set(states):
            raise ModelError(f"the table of {self.variable!r} is over {', '.join(parents) or 'no parents'}, "
                             f"its parents are {', '.join(states) or 'none'}.")  # fmt: skip
        for parent in parents:
            if len(self.state_names[parent]) != len(states[parent]):
                raise ModelError(f"the table of {self.variable!r} has {len(self.state_names[parent])} states of "
                                 f"{parent!r}, which has {', '.join(map(str, states[parent]))}.")  # fmt: skip
        sizes = self.values.shape[1:]
        return TabularCPD(self.variable, self.variable_card, self.values, parents, sizes,
                          {**states, self.variable: self.domain})  # fmt: skip

    def copy(self) -> TabularCPD:
        """Return a table that can be changed on its own."""
        return TabularCPD.of(self)

    def prob_table(self) -> str:
        """Return the table as text: a line for each parent, then one for each state."""
        _, *parents = self.variables
        settings = list(np.ndindex(self.values.shape[1:]))
        heads = [[p, *(f"{p}({self.state_names[p][at[axis]]})" for at in settings)] for axis, p in enumerate(parents)]
        rows = zip(self.domain, self.get_values().tolist(), strict=True)
        return text_table([*heads, *([f"{self.variable}({state})", *map(str, row)] for state, row in rows)])


def text_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of text as a table with lines between the columns.

    >>> print(text_table([["A", "phi(A)"], ["A(0)", "0.5000"]]))
    A    | phi(A)
    A(0) | 0.5000
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
