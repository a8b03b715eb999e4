"""The scenario file, version 1: what may stand where."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeAlias

from cidmesa.library.file.families import FamilyDef
from cidmesa.library.file.specification import SPECIFICATION
from cidmesa.library.kinds import Ask
from cidmesa.library.validation import (
    Identifier,
    Names,
    Probabilities,
    Quantity,
    Range,
    Row,
    State,
    Strict,
    Text,
    by_key,
    empty,
    json_schema,
    some,
)

__all__ = [
    "ActionDef",
    "ChanceDef",
    "ClaimDef",
    "DecisionDef",
    "LinksDef",
    "NodeDef",
    "OverrideDef",
    "ParameterDef",
    "ScenarioFile",
    "SourceDef",
    "UtilityDef",
    "VariantDef",
    "scenario_schema",
    "schema_text",
]

Link: TypeAlias = tuple[Text, Text]
Episode: TypeAlias = some({int: int}, Text)  # type: ignore[valid-type]


class SourceDef(Strict):
    """Where a scenario comes from."""

    key: Text
    """the key of the source in models/references.bib"""
    where: Text | None = None
    """the place in the source: section, figure, claim"""
    says: Text | None = None
    """a short paraphrase of what the source claims"""
    checked: Literal["text", "abstract", "reports", "nowhere"] | None = None
    """where place and paraphrase were verified: the source's text, its abstract, reports of others, or nowhere"""


class ParameterDef(Strict):
    """A named number that expressions may use."""

    value: Quantity
    """the declared value, which claims and sweeps may change"""
    range: Range | None = None
    """[lowest, highest], null for no bound"""
    integer: bool = False
    """only whole numbers are meant"""
    doc: Text | None = None
    """a remark for readers"""


class ChanceDef(Strict):
    """A chance node, with at most one of prob, value and table."""

    kind: Literal["chance"]
    """a node that chance or a mechanism settles"""
    parents: Names | None = None
    """may be left out where an expression names them"""
    states: tuple[State, ...] | None = None
    """its states in their order; left out: those that the mechanism gives"""
    prob: Probabilities | None = None
    """probabilities in the order of states, or state: probability"""
    value: Quantity | None = None
    """the value as an expression over the parents"""
    table: tuple[Row, ...] | None = None
    """rows [value of each parent..., outcome]; the first that matches holds, '*' is any"""
    doc: Text | None = None
    """a remark for readers"""


class DecisionDef(Strict):
    """A decision with its options; what it observes are its parents."""

    kind: Literal["decision"]
    """a node that an agent chooses"""
    agent: Text | None = None
    """its owner; left out where there is one agent"""
    parents: Names | None = None
    """what it observes"""
    states: tuple[State, ...] | None = None
    """its options"""
    doc: Text | None = None
    """a remark for readers"""


class UtilityDef(Strict):
    """A utility node: a number for each setting of its parents."""

    kind: Literal["utility"]
    """a node whose expectation an agent wants to be high"""
    agent: Text | None = None
    """its owner; left out where there is one agent"""
    parents: Names | None = None
    """may be left out where an expression names them"""
    value: Quantity | None = None
    """the utility as an expression over the parents"""
    table: tuple[Row, ...] | None = None
    """rows [value of each parent..., number]; the first that matches holds, '*' is any"""
    doc: Text | None = None
    """a remark for readers"""


class ActionDef(Strict):
    """An action of the learned algorithm: a chance node for the base optimizer, a decision of the mesa-optimizer."""

    kind: Literal["action"]
    """an action of the learned algorithm"""
    states: tuple[State, ...] | None = None
    """its options"""
    theta: Text
    """the node that holds the parameters which take this action"""
    parents: Names | None = None
    """what the learned algorithm observes"""
    agent: Text = "mesa"
    """the name of the learned algorithm, where there are several"""
    episode: Episode = 1
    """the episode of training in which it is scored"""
    phase: Text = "train"
    """train, deploy, or an expression that is true in training"""
    stage: Text | None = None
    """the label of the stage that it is part of, where that is not its episode"""
    reports: dict[State, Quantity] | None = None
    """state of the action: the expression over nodes that it asserts"""
    otherwise: dict[State, Any] | None = None
    """what other parameters do: parameter value -> option, {option: probability} or expression"""
    prob: Probabilities | None = None
    """probabilities in the order of states, or state: probability"""
    value: Quantity | None = None
    """what is done as an expression over the parents"""
    table: tuple[Row, ...] | None = None
    """prob, value or table say what other parameters do where otherwise is absent"""
    doc: Text | None = None
    """a remark for readers"""


NodeDef: TypeAlias = Annotated[ChanceDef | DecisionDef | UtilityDef | ActionDef, by_key("kind")]


class ClaimDef(Strict):
    """A sentence of a source as a question with the answer that is expected."""

    id: Identifier
    """the name of the claim in its file"""
    says: Text
    """what the source says, in a sentence"""
    place: Text | None = None
    """the place in the source, where it differs from the scenario's"""
    of: Text | None = None
    """the name under mesa: whose composition is asked; absent: the diagram of the file"""
    where: dict[Text, Quantity] | None = None
    """other parameter values"""
    ask: Ask
    """the question that the sentence answers"""
    expect: Any
    """the answer; what is possible depends on the question"""
    xfail: Text | None = None
    """why the sentence is known not to hold of this model; it is an error if it does"""
    ours: Text | None = None
    """how it was found, where the sentence is not the source's but follows from the model"""


class OverrideDef(Strict):
    """What differs in a claim that a variant inherits."""

    expect: Any = None
    """the answer under these assumptions"""
    says: Text | None = None
    """what is claimed instead"""
    place: Text | None = None
    """another place in the source"""
    of: Text | None = None
    """another name under mesa"""
    where: dict[Text, Quantity] | None = None
    """other parameter values"""
    ask: Ask | None = None
    """another question"""
    xfail: Text | None = None
    """null takes the mark away"""
    ours: Text | None = None
    """how it was found, where the sentence is not the source's"""


class LinksDef(Strict):
    """Links to add and to remove, as [parent, child]."""

    add: tuple[Link, ...] = ()
    """links to add"""
    remove: tuple[Link, ...] = ()
    """links to remove"""


class VariantDef(Strict):
    """The same model under other assumptions; claims are inherited unless overridden."""

    id: Identifier
    """its name behind the @ in a slug"""
    title: Text | None = None
    """its title; left out: the scenario's with the name"""
    note: Text | None = None
    """how it relates to the source, where that differs"""
    set: dict[Text, Quantity] = empty()
    """other parameter values"""
    remove: Names = ()
    """nodes to remove, with their links"""
    nodes: dict[Text, NodeDef] = empty()
    """nodes to replace or to add"""
    links: LinksDef = LinksDef()
    """links to change"""
    mesa: dict[Text, SPECIFICATION] = empty()  # type: ignore[valid-type]
    """specifications to replace or to add"""
    override: dict[Text, OverrideDef | None] = empty()
    """claim id: what differs, or null to drop the claim"""
    claims: tuple[ClaimDef, ...] = ()
    """further claims"""


class ScenarioFile(Strict):
    """A scenario: a model, where it comes from, and the claims that it must bear out."""

    cidmesa: Literal[1]
    """the version of the format"""
    title: Text
    """what the scenario is about, in a few words"""
    source: SourceDef | None = None
    """where the scenario comes from"""
    status: Literal["faithful", "simplified", "conjectural"] | None = None
    """how the model relates to the source; unless faithful, note says how"""
    note: Text | None = None
    """how the model differs from the source, and why"""
    tags: tuple[Text, ...] = ()
    """words by which it is found"""
    parameters: dict[Text, ParameterDef] = empty()
    """named numbers, by name"""
    nodes: dict[Text, NodeDef]
    """the nodes of the diagram, by name"""
    shared_rules: tuple[Names, ...] = ()
    """groups of decisions that obey one rule: their owner can't tell them apart"""
    learner: some({dict: dict[State, Text]}, State) | None = None  # type: ignore[valid-type]
    """the parameter value that is the mesa-optimizer itself; where several are, each with its name under mesa"""
    base_agent: Text | None = None
    """the agent whose objective training serves, base where absent"""
    base_policy: some({dict: dict[Text, Any]}, Literal["rational"]) = empty()  # type: ignore[valid-type]
    """rules of the base optimizer's decisions, where it has any; rational: it decides for its own utilities"""
    gate: dict[Text, State] = empty()
    """chance nodes that let the learned algorithm into deployment, each with the state in which it does"""
    credit: dict[Text, some({list: tuple[Episode, ...]}, Episode)] = empty()  # type: ignore[valid-type]
    """utility: the episode or episodes that training scores by it; an empty list: none"""
    mesa: dict[Text, SPECIFICATION] = empty()  # type: ignore[valid-type]
    """specifications of mesa-optimizers by name; claims speak of their compositions"""
    families: dict[Text, FamilyDef] = empty()
    """sets of specifications by name, with a prior; claims ask what is certain, possible and probable of them"""
    claims: tuple[ClaimDef, ...] = ()
    """what the source says of the model"""
    runs: tuple[ClaimDef, ...] = ()
    """claims about what real training comes to (kind: trained); they are asked by check --runs alone"""
    variants: tuple[VariantDef, ...] = ()
    """the same model under other assumptions"""


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files.

    >>> sorted(scenario_schema()["required"])
    ['cidmesa', 'nodes', 'title']
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "cidmesa scenario, version 1"}
    return json_schema(ScenarioFile) | head


def schema_text() -> str:
    """Return the JSON Schema as the text of its file, scenario.schema.json."""
    return json.dumps(scenario_schema(), indent=1) + "\n"
