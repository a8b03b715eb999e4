"""`Claim` and `Outcome`: what is claimed of a scenario, and what was found; answers as text and as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Displays, named
from cidmesa.frozen import frozen
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from cidmesa.library.kinds.kind import Kind

__all__ = [
    "Citation",
    "Claim",
    "Of",
    "Outcome",
    "Status",
    "as_data",
    "named_of",
    "names_of",
    "of_data",
    "plain",
    "shown",
]

Of: TypeAlias = str | tuple[str, ...] | None  # a specification, or one for each of several learned algorithms
Status = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "contradicted", "timeout"]


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of a scenario: key in the bibliography, place in it, what it says; ``at`` is the place in the file.

    ``checked``: where place and paraphrase were verified: text, abstract, reports (of others) or nowhere.
    """

    key: str
    where: str = ""
    says: str = ""
    at: str = ""
    checked: str = ""


@dataclass(frozen=True, repr=False)
class Claim(Displays):
    """A sentence, written as a question of a certain kind with its expected answer.

    * ``of``: the composition that the question is about; ``None`` stands for the file's own diagram.
    * ``where``: other parameter values.
    * ``place``: the place in the source; ``at``: the place in the file (``path:line:col``).
    * ``xfail``: why the sentence is known to be false in the model; empty if it should hold.
    * ``ours``: how the sentence was found, if it is not the source's.

    >>> import cidmesa as cm
    >>> claim = cm.load("hubinger2019/two-corners").claims[0]
    >>> claim.kind, bool(claim.says)
    ('optimal', True)

    """

    id: str
    says: str
    kind: str
    question: Kind
    expect: Any
    of: Of = None
    where: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""
    at: str = ""
    xfail: str = ""
    ours: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", frozen(self.where))  # ``expect`` is plain data as the file has it, lists too

    def __hash__(self) -> int:
        return hash((self.id, self.kind, self.says, self.of))

    def __repr__(self) -> str:
        return named(self, f"{self.id}: {self.asked}: {shown(self.expect)}")

    @property
    def asked(self) -> str:
        """What is asked, and of which composition, as text."""
        return f"{self.question.text()}{f' of {named_of(self.of)}' if self.of else ''}"


@dataclass(frozen=True, repr=False)
class Outcome(Displays):
    """The result of a claim; true if the answer is the one that the file expects.

    * ``got``: the answer; ``witness``: the nodes that show it; ``because``: the reason in words.
    * ``status``: "passed" or "failed". "error": the claim could not be answered, and ``because`` says why. "skipped":
      it was not checked. "xfailed": it is marked `xfail` and fails. "xpassed": it is marked `xfail` and holds, so the
      mark is wrong. "contradicted": the numbers show something that the answer says the diagram excludes. "timeout": it
      took longer than allowed.
    * ``numbers``: the answer from numbers to a claim on the diagram, if it was computed.

    >>> import cidmesa as cm
    >>> outcome = next(iter(cm.check("perdomo2020/performative")))
    >>> bool(outcome), outcome.status
    (True, 'passed')

    """

    scenario: str
    claim: Claim
    status: Status
    got: Any = None
    witness: tuple[str, ...] = ()
    because: str = ""
    seconds: float = 0.0
    numbers: str = ""

    @property
    def id(self) -> str:
        """The claim's name in the library, ``slug::claim``."""
        return f"{self.scenario}::{self.claim.id}"

    def __hash__(self) -> int:
        return hash((self.scenario, self.claim, self.status))

    def __repr__(self) -> str:
        return named(self, f"{self.id}: {self.status}, {shown(self.got)}")

    def __bool__(self) -> bool:
        return self.status in ("passed", "xfailed")

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        claim = self.claim
        return {
            "id": self.id,
            "status": self.status,
            "says": claim.says,
            "kind": claim.kind,
            "of": list(claim.of) if isinstance(claim.of, tuple) else claim.of,
            "expected": plain(claim.expect),
            "got": plain(self.got),
            "witness": list(self.witness),
            "because": self.because,
            "xfail": claim.xfail,
            "ours": claim.ours,
            "numbers": self.numbers,
            "seconds": round(self.seconds, 6),
            "at": claim.at,
        }


def plain(value: Any) -> Any:
    """Return ``value`` as plain data for JSON, Fractions as text.

    >>> plain({"a": (Fraction(1, 3), True)})
    {'a': ['1/3', True]}
    """
    if isinstance(value, dict):
        return {show(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else show(value)
    return value


def as_data(value: Any) -> Any:
    """Return an answer as data for JSON that `of_data` turns back into the same answer."""
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if isinstance(value, dict):
        return {"mapping": [[as_data(key), as_data(item)] for key, item in value.items()]}
    return [as_data(item) for item in value] if isinstance(value, list | tuple) else value


def of_data(data: Any) -> Any:
    """Return the answer that `as_data` wrote.

    >>> of_data(as_data({"a": Fraction(1, 3), 2: ["1/3", True]}))
    {'a': Fraction(1, 3), 2: ['1/3', True]}
    """
    if isinstance(data, list):
        return [of_data(item) for item in data]
    if isinstance(data, dict):
        if "fraction" in data:
            return Fraction(data["fraction"])
        return {of_data(key): of_data(item) for key, item in data["mapping"]}
    return data


def shown(value: Any) -> str:
    """Return an answer as text as it would stand in a scenario file.

    >>> shown({"value": 3, "plan": ["a", "b"]}), shown(True)
    ('{value: 3, plan: [a, b]}', 'true')
    """
    if isinstance(value, dict):
        return f"{{{', '.join(f'{show(key)}: {shown(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    return show(plain(value))


def names_of(of: Of) -> tuple[str, ...]:
    """Return the names of specifications.

    >>> names_of("eager"), names_of(("eager", "lazy")), names_of(None)
    (('eager',), ('eager', 'lazy'), ())
    """
    return of if isinstance(of, tuple) else () if of is None else (of,)


def named_of(of: Of) -> str:
    """Return the names of specifications as text.

    >>> named_of("eager"), named_of(("eager", "lazy"))
    ('eager', 'eager and lazy')
    """
    return " and ".join(names_of(of))
