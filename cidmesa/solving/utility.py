"""Expected utility of an agent under a policy, and the settings that contribute to it, greatest first."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.display import Displays, aligned, html_table
from cidmesa.errors import ModelError, NotApplicable
from cidmesa.modelling.inference import check_held, weights
from cidmesa.modelling.model import known_model
from cidmesa.modelling.numbers import TOL, Number, State, setting_text, show, slack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = [
    "Contribution",
    "UtilityTable",
    "expected_utility",
    "expected_value",
    "explain_utility",
    "only_agent",
    "slack_of",
]


def expected_utility(
    model: Model,
    policy: Policy | Mapping[str, object] | None = None,
    agent: str | None = None,
    *,
    given: Mapping[str, object] | None = None,
    do: Mapping[str, object] | None = None,
) -> Number:
    r"""Return :math:`E^\pi[\sum_{U \in U^i} U \mid \mathit{given}, \mathit{do}]`, an agent's expected total utility.

    ``agent`` may be left out if one agent owns all utilities.

    Source: Everitt et al. 2021.

    Args:
        model: the model.
        policy: a rule for each decision, in a form that `policy` accepts.
        agent: the agent whose utilities are summed.
        given: evidence, node -> state.
        do: interventions, node -> state, made after the policy is chosen.

    Raises:
        ModelError: a decision upstream of a utility has no policy, or the evidence has probability 0.
        NotApplicable: there are several agents and none is named.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    >>> expected_utility(m, {"D": 1}), expected_utility(m, {"D": lambda S: S})
    (Fraction(2, 3), Fraction(1, 1))
    >>> expected_utility(m, {"D": 1}, do={"S": 0})
    Fraction(0, 1)

    """
    model = known_model(model, "expected_utility")
    check_held(model, do or {})
    if policy is not None:
        model = model.with_policy(policy)
    owner = only_agent(model, agent)
    return expected_value(model.do(do) if do else model, model.cid.utilities_of(owner), given or {})


def slack_of(model: Model, agent: str | None, tol: float = TOL) -> float:
    """Return the difference up to which two expected utilities of an agent are equal (`modelling.numbers.slack`).

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U=lambda D: 2.0 * D)
    >>> slack_of(m, "agent")
    2e-09
    """
    return slack((model.tables[utility].values for utility in model.cid.utilities_of(str(agent))), tol)


def expected_value(model: Model, utilities: Iterable[str], given: Mapping[str, object]) -> Number:
    """Return the expected sum of utility nodes given evidence.

    Raises:
        ModelError: the evidence has probability 0, or a decision has no rule.

    """
    evidence = {name: model.state(name, value) for name, value in given.items()}
    total = weights(model, [], given=evidence).item() if evidence else 1
    if total == 0:
        raise ModelError(f"the evidence {setting_text(given)} has probability 0.")
    expected: Number = sum(weights(model, [], given=evidence, utility=u).item() for u in utilities)
    return expected / total if evidence else expected


def only_agent(model: Model, agent: str | None) -> str:
    """Return ``agent`` if given, otherwise the only agent that owns a utility.

    Raises:
        NotApplicable: the agent is unknown, or there are several.

    """
    if agent is not None:
        return model.cid.known_agent(agent)
    owners = [a for a in model.cid.agents if model.cid.utilities_of(a)]
    if len(owners) != 1:
        raise NotApplicable(f"name the agent whose utility is meant: {', '.join(owners) or 'nobody has a utility'}.")
    return owners[0]


_HEAD = ("utility", "setting", "probability", "mean", "contribution")


@dataclass(frozen=True, slots=True)
class Contribution:
    """One row: a setting, its probability, the mean utility there, and the product of both."""

    utility: str
    setting: tuple[tuple[str, State], ...]
    probability: Number
    mean: Number
    contribution: Number

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as texts."""
        setting = setting_text(self.setting) or "always"
        return (self.utility, setting, show(self.probability), show(self.mean), show(self.contribution))

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain data."""
        setting = {node: state if isinstance(state, str | int) else show(state) for node, state in self.setting}
        numbers = {"probability": self.probability, "mean": self.mean, "contribution": self.contribution}
        return {"utility": self.utility, "setting": setting} | {name: show(value) for name, value in numbers.items()}


@dataclass(frozen=True)
class UtilityTable(Displays):
    """The contributions to an agent's expected utility, the largest in absolute value first; they sum to ``total``.

    Settings of probability 0 are left out. Printed tables show the first ``shown`` rows and the sum of the others.

    Source: ours.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> U", utilities=["U"]), S={"rain": "1/4", "sun": "3/4"}, U="4 * (S == 'sun')")
    >>> table = cm.explain_utility(m)
    >>> table.total, len(table.rows)
    (Fraction(3, 1), 2)

    """

    agent: str
    total: Number
    rows: tuple[Contribution, ...]
    shown: int = 10

    def __iter__(self) -> Iterator[Contribution]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def top(self, count: int) -> UtilityTable:
        """Return the same table; its texts show ``count`` rows."""
        return UtilityTable(self.agent, self.total, self.rows, count)

    @property
    def lines(self) -> list[tuple[str, ...]]:
        """The rows as texts: the largest ones, one line for all others with their number, and the total."""
        rest = self.rows[self.shown :]
        left = sum((row.contribution for row in rest), start=0)
        more = [("", f"{len(rest)} smaller ones", "", "", show(left))] if rest else []
        return [
            *(row.cells for row in self.rows[: self.shown]),
            *more,
            ("", f"total of {self.agent}", "", "", show(self.total)),
        ]

    def to_text(self) -> str:
        """Return the table as aligned text."""
        return aligned([_HEAD, *self.lines])

    def to_markdown(self) -> str:
        """Return the table in Markdown."""
        rows = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in [_HEAD, *self.lines]]
        return "\n".join([rows[0], "|---|---|---:|---:|---:|", *rows[1:]])

    def to_html(self) -> str:
        """Return the table in HTML."""
        return html_table(_HEAD, self.lines, "llrrr")

    def to_json(self) -> dict[str, Any]:
        """Return all rows as plain data."""
        return {"agent": self.agent, "total": show(self.total), "rows": [row.to_json() for row in self.rows]}

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame with one row for each setting; needs the extra ``cidmesa[table]``."""
        return import_module("pandas").DataFrame([row.cells for row in self.rows], columns=list(_HEAD))

    def __str__(self) -> str:
        return self.to_text()


def explain_utility(
    model: Model,
    policy: Policy | Mapping[str, object] | None = None,
    agent: str | None = None,
    *,
    by: Sequence[str] | None = None,
) -> UtilityTable:
    r"""Return :math:`P^\pi(s)`, :math:`E^\pi[U \mid s]` and their product for each setting s and utility U of an agent.

    The settings are those of U's parents. If ``by`` names nodes, the settings are those of these nodes, and the agent's
    utilities are summed (the column then names all of them).

    Source: ours.

    Args:
        model: the model.
        policy: a rule for each decision, in a form that `policy` accepts.
        agent: the agent whose utilities are explained; may be left out if there is only one.
        by: the nodes whose settings make the rows.

    Raises:
        ModelError: a decision has no rule, or ``by`` contains a utility node.
        NotApplicable: there are several agents and none is named.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={"rain": "1/4", "sun": "3/4"}, D=["in", "out"], U="6 * (S == 'sun') - 2 if D == 'out' else 1")
    >>> print(explain_utility(m, {"D": "out"}))
    utility  setting            probability  mean  contribution
    U        S = sun, D = out   3/4          4     3
    U        S = rain, D = out  1/4          -2    -1/2
             total of agent                        5/2

    """
    followed = model if policy is None else model.with_policy(policy)
    owner = only_agent(followed, agent)
    own = followed.cid.utilities_of(owner)
    groups = [((utility,), followed.cid.parents(utility)) for utility in own] if by is None else [(own, tuple(by))]
    rows = [row for utilities, nodes in groups for row in _rows(followed, utilities, nodes)]
    total = sum((row.contribution for row in rows), start=0)
    return UtilityTable(
        owner, total, tuple(sorted(rows, key=lambda row: max(row.contribution, -row.contribution), reverse=True))
    )


def _rows(model: Model, utilities: Sequence[str], nodes: tuple[str, ...]) -> Iterator[Contribution]:
    if wrong := [node for node in nodes if model.cid.kind(node) == "utility"]:
        raise ModelError(f"{wrong[0]!r} is a utility node: it has values, not states. Name chance and decision nodes.")
    chances = weights(model, nodes)
    parts = (weights(model, nodes, utility=utility) for utility in utilities)
    amounts = np.asarray(sum(parts, start=0 * chances))
    settings = product(*(model.domain(node) for node in nodes))
    for states, chance, amount in zip(settings, chances.ravel().tolist(), amounts.ravel().tolist(), strict=True):
        if chance:
            setting = tuple(zip(nodes, states, strict=True))
            yield Contribution(" + ".join(utilities), setting, chance, amount / chance, amount)
