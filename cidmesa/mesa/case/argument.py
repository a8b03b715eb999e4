"""`Case`: a safety argument as data, with statuses that follow from those of its leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, singledispatch
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from cidmesa.display import Tells, html_mark, html_table
from cidmesa.errors import CyclicError, NotApplicable, UnknownNode, near_miss
from cidmesa.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Case", "Node", "Relation", "Result", "Status", "result_of"]

ResultKind: TypeAlias = Literal["verdict", "condition", "certificate", "claim"]
NodeKind: TypeAlias = Literal["claim", "argument", "evidence", "assumption", "context", "defeater"]
Relation: TypeAlias = Literal["supports", "in context of", "defeats"]
Status: TypeAlias = Literal["accepted", "open", "rejected"]
Link: TypeAlias = tuple[str, str, Relation]

ORDER: tuple[Status, ...] = ("rejected", "open", "accepted")
RULES = {"all": "all below are needed", "any": "one below is enough"}
MARKS: dict[Status, str] = {"accepted": "yes", "open": "?", "rejected": "no"}


@dataclass(frozen=True)
class Result(Frozen):
    """What an analysis found: its kind, what it is about, and what it says, as plain text that JSON keeps.

    ``holds``: whether it holds, ``None`` where it has no answer or where that depends.

    Raises:
        NotApplicable: the kind is unknown.

    >>> print(Result("certificate", "scope = updates", "strict", True))
    certificate of scope = updates: strict
    """

    kind: ResultKind
    about: str
    says: str
    holds: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind not in get_args(ResultKind):
            known = get_args(ResultKind)
            hint = near_miss(self.kind, known)
            raise NotApplicable(f"the kind of result {self.kind!r} is not known.{hint} Known: {', '.join(known)}.")

    def __str__(self) -> str:
        return f"{self.kind} of {self.about}: {self.says}"

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return asdict(self)


@singledispatch
def result_of(found: Any, about: str = "") -> Result:
    """Return the result that a verdict, a condition, a certificate or the outcome of a claim is.

    Raises:
        NotApplicable: the value is none of these.

    >>> import cidmesa as cm
    >>> print(result_of(cm.admits_ri(cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), "D", "S")))
    verdict of ri of D on S: admits, because S -> D [Everitt et al. 2021, Theorem 12]
    """
    import_module("cidmesa.mesa.case.results")  # registers what analyses find; drawing an argument does not need them
    return result_of.dispatch(type(found))(found, about)


@result_of.register(Result)
def _(found: Result, _about: str = "") -> Result:
    return found


@dataclass(frozen=True)
class Node(Frozen):
    """A node of an argument.

    ``rule``: for a supported node, whether "all" supports must hold or "any". ``status``: for a leaf, the reviewer's
    conclusion; for other nodes it follows from the leaves. ``condition``: the parameter values for which the node
    holds. ``source``: its source. ``shown``: the results that show it, or what follows if it does not hold.
    """

    id: str
    kind: NodeKind
    text: str
    rule: Literal["all", "any"] = "all"
    status: Status = "open"
    condition: str = ""
    source: str = ""
    shown: tuple[Result, ...] = ()


@dataclass(frozen=True, repr=False)
class Case(Frozen, Tells):
    """A safety argument: claims, arguments, evidence, assumptions, contexts and defeaters.

    ``links``: (from, to, "supports", "in context of" or "defeats"), without cycles; the first node is the root claim.
    Statuses follow Kleene's three-valued logic: "all" takes the worst status of the supports, "any" the best. An
    accepted defeater that is not defeated rejects its node; an open defeater opens it.
    Source: assurance cases in goal structuring notation (GSN Community Standard 3, 2021), with defeaters after
    Assurance 2.0 (Bloomfield and Rushby 2020).

    Raises:
        NotApplicable: a kind, relation or status is unknown, or an id occurs twice.
        UnknownNode: a link ends in an unknown node.
        CyclicError: the links contain a directed cycle.

    >>> case = Case((Node("G", "claim", "it is harmless"), Node("A", "assumption", "its goals end with the episode")),
    ...             (("A", "G", "supports"),))
    >>> case.status("G"), case.with_status({"A": "accepted"}).status("G")
    ('open', 'accepted')

    """

    nodes: tuple[Node, ...]
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        names = [node.id for node in self.nodes]
        if doubled := [name for name in names if names.count(name) > 1]:
            raise NotApplicable(f"there are two nodes {doubled[0]!r}. Rename one.")
        for node in self.nodes:
            _check("kind", node.kind, get_args(NodeKind))
            _check("status", node.status, ORDER)
        for source, target, relation in self.links:
            _check("relation", relation, get_args(Relation))
            for end in (source, target):
                if end not in names:
                    raise UnknownNode(end, names)
        try:
            self._order  # noqa: B018 (whether there is one)
        except CycleError as error:
            raise CyclicError(f"the argument is circular: {' -> '.join(error.args[1])}.") from error

    @cached_property
    def _order(self) -> tuple[str, ...]:
        sorter: TopologicalSorter[str] = TopologicalSorter({node.id: () for node in self.nodes})
        for source, target, _ in self.links:
            sorter.add(target, source)
        return tuple(sorter.static_order())

    @property
    def root(self) -> Node:
        """The root claim."""
        return self.nodes[0]

    def node(self, name: str) -> Node:
        """Return a node by its id."""
        for node in self.nodes:
            if node.id == name:
                return node
        raise UnknownNode(name, [node.id for node in self.nodes])

    def into(self, name: str, relation: Relation = "supports") -> tuple[Node, ...]:
        """Return the nodes that support a node, defeat it or are its context."""
        return tuple(self.node(a) for a, b, kind in self.links if b == name and kind == relation)

    @cached_property
    def statuses(self) -> Mapping[str, Status]:
        """The status of every node."""
        found: dict[str, Status] = {}
        for name in self._order:
            node = self.node(name)
            support = [found[other.id] for other in self.into(name)]
            place = min if node.rule == "all" else max
            own = place(support, key=ORDER.index) if support else node.status
            attacks = [found[other.id] for other in self.into(name, "defeats")]
            if "accepted" in attacks:
                own = "rejected"
            elif "open" in attacks:
                own = min(own, "open", key=ORDER.index)
            found[name] = own
        return found

    def status(self, name: str | None = None) -> Status:
        """Return the status of a node, or of the root."""
        return self.statuses[self.node(self.root.id if name is None else name).id]

    def rule(self, node: Node) -> str:
        """Return in words how a node follows from its supports; "" if it has at most one."""
        return RULES[node.rule] if len(self.into(node.id)) > 1 else ""

    def with_status(self, statuses: Mapping[str, Status]) -> Case:
        """Return the case with statuses that a reviewer gives to some leaves.

        Raises:
            NotApplicable: the node's status follows from other nodes.

        """
        for name in statuses:
            if self.into(self.node(name).id):
                raise NotApplicable(f"the status of {name!r} follows from its supports. Set that of its leaves.")
        return replace(self, nodes=tuple(replace(n, status=statuses.get(n.id, n.status)) for n in self.nodes))

    def with_node(self, node: Node, *links: Link) -> Case:
        """Return the case with one more node and its links, for example a defeater that a reviewer has found."""
        return replace(self, nodes=(*self.nodes, node), links=(*self.links, *links))

    def with_results(self, name: str, *found: object, status: Status | None = None) -> Case:
        """Return the case with results that support a node: verdicts, conditions, certificates, outcomes of claims.

        Args:
            name: the node.
            found: answers of analyses, or `Result`.
            status: the reviewer's conclusion about a leaf; if left out, its status stays.

        Raises:
            NotApplicable: a value is not a result, or the status belongs to a node that follows from others.

        """
        more = tuple(map(result_of, found))
        shown = (replace(n, shown=(*n.shown, *more)) if n.id == self.node(name).id else n for n in self.nodes)
        case = replace(self, nodes=tuple(shown))
        return case if status is None else case.with_status({name: status})

    # --- as data and text -------------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """Return nodes, links and all statuses as plain data; `from_json` reads it."""
        nodes = [{**asdict(node), "follows": self.statuses[node.id]} for node in self.nodes]
        return {"nodes": nodes, "links": [list(link) for link in self.links]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Case:
        """Return the case that `to_json` wrote."""
        nodes = tuple(_read(node) for node in data["nodes"])
        return cls(nodes, tuple((a, b, relation) for a, b, relation in data["links"]))

    def to_text(self) -> str:
        """Return the argument as an indented outline."""
        return "\n".join("  " * depth + line for depth, line in self._outline(self.root, 0, ""))

    def to_markdown(self) -> str:
        """Return the argument as a nested list with statuses, conditions and sources."""
        return "\n".join("  " * depth + f"- {line}" for depth, line in self._outline(self.root, 0, "**"))

    def _outline(self, node: Node, depth: int, bold: str, relation: str = "") -> Iterator[tuple[int, str]]:
        rule = f" ({self.rule(node)})" if self.rule(node) else ""
        where = f"; where {node.condition}" if node.condition else ""
        shown = f" [{node.source}]" if node.source else ""
        yield (
            depth,
            f"{relation}{bold}{node.id}{bold} ({node.kind}, {self.status(node.id)}): {node.text}{where}{rule}{shown}",
        )
        yield from ((depth + 1, f"see: {result}") for result in node.shown)
        for kind in get_args(Relation):
            for other in self.into(node.id, kind):
                yield from self._outline(
                    other, depth + 1, bold, "" if kind == "supports" else f"{kind}: ".replace(" of", "")
                )

    def to_html(self) -> str:
        """Return a table with a row for each node."""
        rows = [
            [
                n.id,
                n.kind,
                n.text,
                n.condition,
                n.source,
                "; ".join(map(str, n.shown)),
                html_mark(MARKS[self.status(n.id)], self.status(n.id)),
            ]
            for n in self.nodes
        ]
        return html_table(["", "kind", "text", "where", "source", "shown by", "status"], rows, "lllllll")

    def __repr__(self) -> str:
        return f"Case({self.root.text}: {self.status()}, {len(self.nodes)} nodes)"


def _read(data: Mapping[str, Any]) -> Node:
    """Return the node that JSON holds."""
    shown = tuple(Result(**result) for result in data.get("shown", ()))
    return Node(**{name: value for name, value in data.items() if name not in ("follows", "shown")}, shown=shown)


def _check(what: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise NotApplicable(f"the {what} {given!r} is not known.{near_miss(given, known)} Known: {', '.join(known)}.")
