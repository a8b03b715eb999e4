"""`witness_model`: a concrete model in which an admitted incentive is present.

All models are made of bits on wires (`Board`). Value of information, from a system (`find_system`): fair coins at the
sources of the info path; each collider is the exclusive or of its two sides and is passed to an observation; the
utility is 1 if the decision's bit equals the last source's. Who sees the node can add up all exclusive ors and get 1;
who does not knows nothing of the last source and gets 1/2. In every context that occurs exactly one option is best.

Response incentive on X through a requisite observation O, and value of control through it: X reaches the stretch of the
info path between its first source S and O at a node M. If M = S, the first source passes on X's bit, and the first
collider is the *and* of its two sides instead, the other side being 1 with probability 1/3: with X = 0 it tells
nothing, and the best guess is 0; with X = 1 it tells all. If M = X, X lies between S and O. Else M is the *and* of S,
1 with probability 1/3, and X. For a response X is a fair coin: in all cases some flip of X turns a context that occurs
into another one with another best option. For control X is 0 by itself, and letting it pass on S, or be 1, helps.

All other cases copy along a directed path, see the notes in `criteria.concepts.directed`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cidmesa.criteria.system import Path, System, by_itself, controlling, find_system, systems_below, to_utility
from cidmesa.errors import NotApplicable
from cidmesa.quantities.wiring import Board, Tap, both, differ, equal
from cidmesa.structure.relevance import others_given
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["witness_model"]

_NEVER, _RARE, _FAIR = Fraction(0), Fraction(1, 3), Fraction(1, 2)


def witness_model(verdict: Verdict, cid: CID) -> Model:
    """Return a model on ``cid`` in which the incentive that ``verdict`` admits is present.

    A verdict does not carry its diagram, so it is given again. With several agents the model is on `others_given`: the
    others' decisions are chance nodes, as the verdict takes them. With one decision of the agent there is always such a
    model. With several a construction is known where the incentive does without the other decisions, which then have
    one option. The incentive is confirmed by `value_of_information`, `value_of_control` (for a utility node with
    ``values=[1]``), `has_ri`, `has_ici` and `has_impact`. Constructions after Everitt et al. 2021 and
    van Merwijk et al. 2022.

    Raises:
        NotApplicable: the verdict is not "admits", of another concept, or needs other decisions to play along.
        UnknownNode: the verdict is about a node that ``cid`` does not have.

    >>> import cidmesa as cm
    >>> g = cm.cid("X, Y -> C; C, X -> D; Y, D -> U", decisions=["D"], utilities=["U"])
    >>> m = witness_model(cm.admits_voi(g, "D", "X"), g)
    >>> cm.value_of_information(m, "D", "X").value
    Fraction(1, 2)

    """
    if verdict.status != "admits":
        raise NotApplicable(f"the verdict on {verdict.node} is {verdict.status!r}; only what is admitted has a model.")
    if verdict.concept not in _BUILDERS:
        known = ", ".join(_BUILDERS)
        raise NotApplicable(f"no construction is known for {verdict.concept!r}; there are those for {known}.")
    diagram = others_given(cid, verdict.agent)
    diagram.index(verdict.node)
    own = [d for d in diagram.decisions if verdict.decision in (None, d)]
    decisions: list[str | None] = [*own] or [None]
    boards = (board for d in decisions if (board := _BUILDERS[verdict.concept](diagram, d, verdict.node)))
    if board := next(boards, None):
        return board.model()
    raise NotApplicable(f"no construction is known: the incentive on {verdict.node} needs other decisions to play "
                        "along. It may be searched for in models with numbers.")  # fmt: skip


# --- one builder for each concept --------------------------------------------------------------------------------


def _voi(cid: CID, decision: str | None, node: str) -> Board | None:
    rest = by_itself(cid, str(decision))
    system = find_system(rest, str(decision), node) if node in rest else None
    if system is None:
        return None
    board = Board(cid, decision)
    head = board.coin(system.info[system.sources[0]], _FAIR)
    board.along(head, _prefix(system))
    _inform(board, system, head)
    return board


def _ri(cid: CID, decision: str | None, node: str) -> Board | None:
    return _through(cid, str(decision), node, _FAIR)


def _voc(cid: CID, decision: str | None, node: str) -> Board | None:
    path = to_utility(cid, node, cid.decisions)
    if not path:
        return _through(cid, decision, node, _NEVER) if decision else None
    board = Board(cid, decision)
    board.along(board.coin(node, _NEVER), path)
    return board


def _ici(cid: CID, decision: str | None, node: str) -> Board | None:
    path = controlling(cid, str(decision), node)
    board = Board(cid, decision)
    board.along(board.option(), path)
    return board if path else None


def _impact(cid: CID, decision: str | None, node: str) -> Board | None:
    rest = by_itself(cid, str(decision))
    moved = directed_path(rest, str(decision), node) if node in rest else ()
    aim = controlling(cid, str(decision), str(decision))
    board = Board(cid, decision)
    board.along(board.option(), moved)
    board.along(board.option(), aim)
    return board if moved and aim else None


_BUILDERS = {"voi": _voi, "voc": _voc, "ri": _ri, "ici": _ici, "impact": _impact}


# --- parts ---------------------------------------------------------------------------------------------------------


def _prefix(system: System) -> Path:
    """Return the path from the first source down to the node that the system is for."""
    return system.info[system.sources[0] :: -1]


def _inform(board: Board, system: System, head: Tap, *, gated: bool = False) -> None:
    """Lay wires from the first source's bit ``head`` on: coins, colliders with their openings, and the utility."""
    info, tap, start = system.info, head, system.sources[0]
    rule, chance = (both, _RARE) if gated else (differ, _FAIR)
    for collider, source, opening in zip(system.colliders, system.sources[1:], system.openings, strict=True):
        near = board.along(tap, info[start:collider])
        tap, start = board.coin(info[source], chance), source
        far = board.along(tap, info[source:collider:-1])
        board.along(board.join(info[collider], rule, near, far), opening)
        rule, chance = differ, _FAIR
    last = board.along(tap, info[start:-1])
    board.join(info[-1], equal, last, board.along(board.option(), system.control[:-1]))


def _through(cid: CID, decision: str, node: str, chance: Fraction) -> Board | None:
    """Return a board on which ``node``, a coin of this chance, decides what an observation of the decision tells."""
    rest = by_itself(cid, decision)
    route, system = next(systems_below(rest, decision, node), ((), None)) if node in rest else ((), None)
    return _gated(Board(cid, decision), system, route, chance) if system else None


def _gated(board: Board, system: System, route: Path, chance: Fraction) -> Board:
    """Lay the wires where ``route`` leads from the node that decides to the system's observation."""
    prefix, node = _prefix(system), route[0]
    source = prefix[0]
    step = next(i for i, name in enumerate(route) if name in prefix)
    place = prefix.index(route[step])
    if place == 0:  # node ~> source ~> observation
        head = board.along(board.coin(node, chance), route[: step + 1])
        board.along(head, prefix)
        _inform(board, system, head, gated=bool(system.colliders))
        return board
    head = board.coin(source, _RARE if step else _FAIR)
    before = board.along(head, prefix[:place])
    if step:  # the two meet on the way
        met = board.join(route[step], both, before, board.along(board.coin(node, chance), route[:step]))
    elif chance:  # source ~> node ~> observation
        met = board.along(before, prefix[place - 1 : place + 1])
    else:
        met = board.coin(node, _NEVER)
    board.along(met, prefix[place:])
    _inform(board, system, head)
    return board
