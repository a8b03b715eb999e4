"""The scenario file, version 1: what may stand where."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from cidmesa.library.file.specification import SPECIFICATION, FamilyDef
from cidmesa.library.kinds import Ask
from cidmesa.library.validation import (
    Described,
    Identifier,
    MenuRow,
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
from cidmesa.modelling.unrolling import MAX_SLICES

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
Slices: TypeAlias = Annotated[
    int, Field(strict=True), Described({"type": "integer", "minimum": 2, "maximum": MAX_SLICES})
]
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
    """the declared value; claims and sweeps may change it"""
    range: Range | None = None
    """[lowest, highest], null for no bound"""
    integer: bool = False
    """only whole numbers are meant"""
    doc: Text | None = None
    """a remark for readers"""


class ChanceDef(Strict):
    """A chance node, with at most one of prob, value and table."""

    kind: Literal["chance"]
    """a node whose state follows from chance or from a mechanism"""
    parents: Names | None = None
    """not needed if an expression names them"""
    states: tuple[State, ...] | None = None
    """its states, in order; by default those that the mechanism gives"""
    prob: Probabilities | None = None
    """probabilities in the order of states, or state: probability"""
    value: Quantity | None = None
    """the value as an expression over the parents"""
    table: tuple[Row, ...] | None = None
    """rows [value of each parent..., outcome]; the first that matches holds, '*' is any"""
    doc: Text | None = None
    """a remark for readers"""


class DecisionDef(Strict):
    """A decision with its options; it observes its parents."""

    kind: Literal["decision"]
    """a node that an agent chooses"""
    agent: Text | None = None
    """its owner; not needed if there is one agent"""
    parents: Names | None = None
    """what it observes"""
    states: tuple[State, ...] | None = None
    """its options; by default those that the table names"""
    table: tuple[MenuRow, ...] | None = None
    """rows [value of each parent..., [options there]], if options depend on what it observes; the first that matches"""
    doc: Text | None = None
    """a remark for readers"""


class UtilityDef(Strict):
    """A utility node: a number for each setting of its parents."""

    kind: Literal["utility"]
    """a node whose expected value its owner wants to be high"""
    agent: Text | None = None
    """its owner; not needed if there is one agent"""
    parents: Names | None = None
    """not needed if an expression names them"""
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
    """the node that holds the parameters which this action obeys"""
    parents: Names | None = None
    """what the learned algorithm observes"""
    agent: Text = "mesa"
    """the name of the learned algorithm, if there are several"""
    episode: Episode = 1
    """the episode of training in which it is scored"""
    phase: Text = "train"
    """train, deploy, or an expression that is true in training"""
    stage: Text | None = None
    """the label of its stage, if that is not its episode"""
    reports: dict[State, Quantity] | None = None
    """state of the action: the expression over nodes that it asserts"""
    otherwise: dict[State, Any] | None = None
    """what other parameters do: parameter value -> option, {option: probability} or expression"""
    prob: Probabilities | None = None
    """probabilities in the order of states, or state: probability"""
    value: Quantity | None = None
    """the action as an expression over the parents"""
    table: tuple[Row, ...] | None = None
    """prob, value or table say what other parameters do if otherwise is absent"""
    doc: Text | None = None
    """a remark for readers"""


NodeDef: TypeAlias = Annotated[ChanceDef | DecisionDef | UtilityDef | ActionDef, by_key("kind")]


class ClaimDef(Strict):
    """A sentence of a source, as a question with its expected answer."""

    id: Identifier
    """the name of the claim in its file"""
    says: Text
    """what the source says, in a sentence"""
    place: Text | None = None
    """the place in the source, if it differs from the scenario's"""
    of: some({list: Names}, Text) | None = None  # type: ignore[valid-type]
    """the name under mesa whose composition is asked, or a list with one for each learned algorithm; by default the
    file's own diagram is asked"""
    where: dict[Text, Quantity] | None = None
    """other parameter values"""
    ask: Ask
    """the question that the sentence answers"""
    expect: Any
    """the expected answer; its form depends on the question"""
    xfail: Text | None = None
    """why the sentence is known to be false of this model; it is an error if it holds"""
    ours: Text | None = None
    """how the sentence was found, if it is not the source's but follows from the model"""


class OverrideDef(Strict):
    """What differs in a claim that a variant inherits."""

    expect: Any = None
    """the answer under these assumptions"""
    says: Text | None = None
    """what is claimed instead"""
    place: Text | None = None
    """another place in the source"""
    of: some({list: Names}, Text) | None = None  # type: ignore[valid-type]
    """another name under mesa, or a list of names"""
    where: dict[Text, Quantity] | None = None
    """other parameter values"""
    ask: Ask | None = None
    """another question"""
    xfail: Text | None = None
    """why the sentence is false; null removes the mark"""
    ours: Text | None = None
    """how the sentence was found, if it is not the source's"""


class LinksDef(Strict):
    """Links to add and to remove, as [parent, child]."""

    add: tuple[Link, ...] = ()
    """links to add"""
    remove: tuple[Link, ...] = ()
    """links to remove"""


class VariantDef(Strict):
    """The same model under other assumptions; claims are inherited unless overridden."""

    id: Identifier
    """its name, which follows the @ in a slug"""
    title: Text | None = None
    """its title; by default the scenario's title with the name of the variant"""
    note: Text | None = None
    """how it relates to the source, if that differs"""
    set: dict[Text, Quantity] = empty()
    """other parameter values"""
    remove: Names = ()
    """nodes to remove, with their links"""
    nodes: dict[Text, NodeDef] = empty()
    """nodes to replace or to add"""
    slices: Slices | None = None
    """another number of slices of time"""
    links: LinksDef = LinksDef()
    """links to change"""
    mesa: dict[Text, SPECIFICATION] = empty()  # type: ignore[valid-type]
    """specifications to replace or to add"""
    override: dict[Text, OverrideDef | None] = empty()
    """claim id: what differs, or null to drop the claim"""
    claims: tuple[ClaimDef, ...] = ()
    """further claims"""


class ScenarioFile(Strict):
    """A scenario: a model, its source, and the claims that it must bear out."""

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
    """words to find it by"""
    parameters: dict[Text, ParameterDef] = empty()
    """named numbers, by name"""
    nodes: dict[Text, NodeDef]
    """the nodes of the diagram, by name"""
    slices: Slices | None = None
    """how many slices of time there are: the nodes of the last one, whose names end in its number, are repeated"""
    shared_rules: tuple[Names, ...] = ()
    """groups of decisions that share one rule, because their owner cannot tell them apart"""
    learner: some({dict: dict[State, Text]}, State) | None = None  # type: ignore[valid-type]
    """the parameter value that is the mesa-optimizer itself; if several are, each with its name under mesa"""
    base_agent: Text | None = None
    """the agent whose objective training serves; base by default"""
    base_policy: some({dict: dict[Text, Any]}, Literal["rational"]) = empty()  # type: ignore[valid-type]
    """the rules of the base optimizer's decisions, if it has any; rational: it decides for its own utilities"""
    gate: dict[Text, State] = empty()
    """chance nodes that admit the learned algorithm to deployment, each with the state in which it does"""
    credit: dict[Text, some({list: tuple[Episode, ...]}, Episode)] = empty()  # type: ignore[valid-type]
    """utility: the episode or episodes that training scores with it; an empty list means none"""
    mesa: dict[Text, SPECIFICATION] = empty()  # type: ignore[valid-type]
    """the specifications of mesa-optimizers, by name; claims are about their compositions"""
    families: dict[Text, FamilyDef] = empty()
    """sets of specifications by name, with a prior; claims ask what is certain, possible and probable of them"""
    claims: tuple[ClaimDef, ...] = ()
    """what the source says about the model"""
    runs: tuple[ClaimDef, ...] = ()
    """claims about the outcome of real training (kind: trained); only check --runs asks them"""
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
