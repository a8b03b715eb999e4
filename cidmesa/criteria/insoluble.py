"""What insoluble diagrams admit: models in which few decisions have an effect, or the others play a simple part.

*Stages.* Let every mechanism and utility ignore the other decisions, which have two options each. Then only what they
tell D may matter: a decision that D observes may pass on what it sees, and so may the decisions that it observes (the
*relays* of D).

* Response and value of control: let the nodes that a relay sees and D does not be constant ("awake" stage). Then relays
  tell D nothing that it does not see, and the theorems for one decision hold for the diagram without the other
  decisions and without those nodes.
* Value of information: the relays have two actions each, so together they tell D one of C messages. By the theorem for
  one decision there is a model on the diagram without the other decisions in which X is worth v > 0 to D. Play k
  independent copies of it, the utilities being added up: every node and action becomes a tuple of k. With X the best
  value is at least k times that of one copy. Without X it is k times the value of one copy without X, plus what the
  messages add: for each fixed message the total, given what D sees, is a sum of k independent terms with at most that
  mean, and the largest of C such sums exceeds it by no more than a multiple of the root of k log C on average
  (Hoeffding 1963). So X has value for large k.
* A deputy: let D act through another decision E, by a path D ~> E whose chance nodes copy and whose decisions may
  relabel what they see, and let nothing else that D does have an effect. Then the problem is that of D with the
  children of E in place of its own, if the decisions on the path see nothing else that is awake: whatever they make of
  D's action, D could have chosen. For value of information they may also see what D sees without X, and relays. Under
  every optimal policy E answers to what D answers to, so D and all on the path respond to it; and if D has anything to
  answer to, the decisions on the path respond to the path before them.

*Messages.* Let O be a chance node that D does not see and that is worth something to D alone. A decision that sees O
may copy it, other decisions and chance nodes that D does not see may copy that, so the last of them is worth as much.

*Gates.* Let X be worth something to D, which sees it, and influence nothing else that D sees. Let Y reach X by a path
of chance nodes, each of which passes on one bit more: whether X is as it was, or constant. Control of a chance node Y
that shuts the gate by itself has value. If Y is X or a decision, D responds to Y: under an optimal policy that
does not, D does in each setting of the noise what it does with the gate shut, which needs no link from X. (A decision Y
that tells D anything else says the same in all settings then, as it could without the link.) The same holds for a
decision X itself.

*Pinned decisions* (deputies again). In an awake stage let D have something to answer to, by a system (`find_system`):
fair coins, and a utility that is 1 iff the answer equals one of them, of which D knows nothing but what the
observations add up to. D and all decisions on the path to the deputy have two options. The optimum is 1, both answers
occur, and so each decision on the path tells its two options apart, and in each context another option of it, or
another value of a node that carries the answer on, turns the answer and the utility into 0: instrumental control
on all that the answer passes. No optimal policy draws lots, so against a baseline that does each node that
copies a decision on the path is moved.

*Codes.* In the awake stage of E let O be an observation with a system: E answers with the sum (modulo 2) of what it
sees, and the optimum is 1. Let another decision D, of two options, reach O by a path of chance nodes that E does not
see, D not being seen by E or its relays either; D's bit is carried along and added to O. For each value of the other
observations two states of the coins are possible, the second the complement of the first. The answer must differ, so O
must, so D takes the same option in both: both values of O occur, each with E's right answer. Hence in each context
another option of D turns O, which turns E's answer and the utility into 0: under every optimal policy E responds to D,
and D has instrumental control of all on its path, of O, of E, and of what carries the answer on. That is so if the info
path enters O by a link into O, so that O can be turned without turning the target. Nor does D draw lots
then; against a baseline that does, and in which E repeats what it sees, D and all that copies it or E is moved. If O
leads to the utility by a directed path itself, the turn of O turns the target as well: E responds, and D has control of
E and of what carries its answer on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.structure.dag import Ball, flow, roll, walk_back

if TYPE_CHECKING:
    from cidmesa.structure.numbered import Net

__all__ = ["Stage", "message", "messages", "relays", "stages", "told_alone"]

Bits = list[int]
Path = tuple[int, ...]


@dataclass(frozen=True)
class Stage:
    """One decision alone in a one-agent net, perhaps acting through a deputy; bit j is about the j-th utility.

    ``path``: from the decision to the deputy, the decision alone where there is none. ``watched``: what the decisions
    on the path see besides; for value of information, what is not among it may be asked about. ``silent``: the nodes
    that have no effect.

    >>> from cidmesa import cid
    >>> g = cid("X -> D1 -> D2 -> U; X -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> own, with_deputy = stages(g.net, g.index("D1"), strict=True)
    >>> own.told, with_deputy.told[g.index("X")], with_deputy.requisite
    ([0, 0, 0, 0], 1, (0,))
    """

    net: Net
    path: Path
    watched: frozenset[int]
    silent: frozenset[int]

    @property
    def decision(self) -> int:
        """The decision that stands alone."""
        return self.path[0]

    @cached_property
    def seen(self) -> tuple[int, ...]:
        """What the decision observes and is not silent."""
        return tuple(parent for parent in self.net.dag.parents[self.decision] if parent not in self.silent)

    @cached_property
    def below(self) -> set[int]:
        """The nodes that carry the deputy's answer on."""
        children = self.net.dag.children[self.path[-1]]
        return self.net.dag.descendants(children, avoiding=self.silent)

    @cached_property
    def targets(self) -> Bits:
        """For each node its own bit if it is a utility that the deputy's answer reaches."""
        bits = [0] * len(self.net.names)
        for j, (utility, _) in enumerate(self.net.utilities):
            bits[utility] = (utility in self.below) << j
        return bits

    @cached_property
    def leads(self) -> Bits:
        """For each node the utilities to which it has a directed path of nodes that are not silent."""
        return self._reaching(self.silent)

    @cached_property
    def direct(self) -> Bits:
        """For each node the utilities to which it has such a path that the decision does not see, but for its start."""
        return self._reaching({*self.silent, *self.seen, self.decision}, but_starts=self.seen)

    def _reaching(self, closed: Iterable[int], but_starts: Iterable[int] = ()) -> Bits:
        barred, starts = set(closed), set(but_starts)
        found = list(self.targets)
        for node in range(len(found) - 1, -1, -1):
            if node not in barred or node in starts:
                for child in self.net.dag.children[node]:
                    found[node] |= 0 if child in barred else found[child]
        return found

    @cached_property
    def _balls(self) -> tuple[Bits, Bits]:
        given, opened = [0] * len(self.net.names), [0] * len(self.net.names)
        evidence = (self.decision, *self.seen)
        for node in (*self.silent, *evidence):
            given[node] = -1
        for node in self.net.dag.ancestors(evidence, avoiding=self.silent):
            opened[node] = -1
        balls = flow(self.net.dag, self.targets, given, opened)
        return balls.visited, balls.mechanisms

    @cached_property
    def told(self) -> Bits:
        """For each node that is not silent the utilities to which it is active given what the decision sees."""
        return [0 if node in self.silent else bits for node, bits in enumerate(self._balls[0])]

    @property
    def entered(self) -> Bits:
        """For each observation the utilities to which an active path enters it by a link into it."""
        return self._balls[1]

    @cached_property
    def requisite(self) -> tuple[int, ...]:
        """The observations that the decision needs."""
        return tuple(node for node in self.seen if self.told[node])

    @property
    def informed(self) -> int:
        """The utilities that some observation tells the decision about."""
        bits = 0
        for node in self.requisite:
            bits |= self.told[node]
        return bits

    @property
    def responding(self) -> set[int]:
        """The nodes with a directed path to an observation that the decision needs."""
        return self.net.dag.ancestors(self.requisite, avoiding={*self.silent, self.decision})

    @cached_property
    def ball(self) -> Ball:
        """The Bayes ball of the decision, which leaves paths."""
        sources = [utility for utility, bits in enumerate(self.targets) if bits]
        return roll(self.net.dag, sources, (self.decision, *self.seen), self.silent)

    def trail(self, node: int) -> Path:
        """Return an active path from ``node`` to a utility."""
        return self.ball.trail(node)[::-1]

    def way(self, node: int) -> Path:
        """Return a directed path from ``node`` to the decision through an observation that it needs."""
        barred = {*self.silent, self.decision}
        paths = (self.net.dag.path(node, seen, avoiding=barred) for seen in self.requisite)
        return (*min(filter(None, paths), key=len), self.decision)

    def onward(self, node: int, utilities: int) -> Path:
        """Return a directed path from the deputy to one of the utilities, through ``node`` if it comes after it."""
        barred = self.silent - {self.path[-1]}
        ends = [u for j, (u, _) in enumerate(self.net.utilities) if utilities >> j & 1 and u in self.below]
        if node in self.path:
            node = self.path[-1]
        ahead = self.net.dag.path(self.path[-1], node, avoiding=barred)
        paths = (self.net.dag.path(node, end, avoiding=barred) for end in ends)
        return (*ahead, *min(filter(None, paths), key=len)[1:])


def stages(net: Net, decision: int, *, strict: bool) -> Iterator[Stage]:
    """Yield the stages of a decision: without a deputy, then for each possible deputy.

    ``strict``: for response, control and impact, where nothing awake but the decision may speak to the deputy.

    >>> from cidmesa import cid
    >>> g = cid("X -> D1 -> D2 -> U; W -> D2; X -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> [(stage.path, sorted(stage.watched)) for stage in stages(g.net, g.index("D1"), strict=False)]
    [((1,), []), ((1, 3), [2])]
    """
    others = set(net.bit) - {decision}
    hidden = (_seen_by(net, relays(net, decision)) - set(net.dag.parents[decision])) if strict else set()
    yield Stage(net, (decision,), frozenset(), frozenset(others | hidden))
    came_from = net.dag.ways_from(decision)
    for deputy in net.bit:
        path = walk_back(came_from, deputy) if deputy in came_from else ()
        if len(path) > 1:
            acting = [node for node in path[1:] if node in net.bit]
            watched = _seen_by(net, acting) - set(path)
            asleep = watched - set(net.dag.parents[decision])
            if strict:
                told = {relay for node in acting for relay in relays(net, node)} - set(path)
                asleep = watched | _seen_by(net, told) | hidden
            silent = (others | asleep | set(path)) - {decision}
            yield Stage(net, path, frozenset(watched), frozenset(silent))


def _seen_by(net: Net, decisions: Iterable[int]) -> set[int]:
    return {parent for decision in decisions for parent in net.dag.parents[decision]}


def relays(net: Net, decision: int) -> set[int]:
    """Return the decisions with a directed path to ``decision`` that contains decisions only.

    >>> from cidmesa import cid
    >>> relays(cid("D1 -> D2 -> D3 -> U", decisions=["D1", "D2", "D3"], utilities=["U"]).net, 2)
    {0, 1}
    """
    chances = set(range(len(net.names))) - set(net.bit)
    return net.dag.ancestors([decision], avoiding=chances) - {decision}


# --- all decisions at once: bit k is about decision k --------------------------------------------------------------


def told_alone(net: Net, below: Sequence[int]) -> Bits:
    """Return for each chance node the decisions to which it is worth something on their own stages, not strict.

    One pass for all decisions: at another decision every ball stops. ``below``: for each node the decisions with a path
    to it that meets no decision but its start.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> X -> D2; Z -> X, U; D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> told_alone(g.net, [0b01, 0, 0b01, 0b10, 0b10])[g.index("Z")]
    2
    """
    seen = [bits & net.bit.get(node, -1) for node, bits in enumerate(net.families)]
    opened = list(seen)
    for node in range(len(opened) - 1, -1, -1):
        for child in net.dag.children[node]:
            opened[node] |= opened[child]
        opened[node] &= net.bit.get(node, -1)
    given = [net.all if node in net.bit else bits for node, bits in enumerate(seen)]
    targets = [bits & below[node] for node, bits in enumerate(net.targets)]
    visited = flow(net.dag, targets, given, opened).visited
    return [0 if node in net.bit else bits for node, bits in enumerate(visited)]


def messages(net: Net, told: Sequence[int]) -> Bits:
    """Return for each node the decisions that it may tell of a chance node which they do not see and which is ``told``.

    >>> from cidmesa import cid
    >>> g = cid("X -> D1 -> Y; X, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> [bin(bits) for bits in messages(g.net, [0b10, 0, 0, 0, 0])]
    ['0b0', '0b10', '0b10', '0b0', '0b0']
    """
    found = [0] * len(told)
    for node, parents in enumerate(net.dag.parents):
        for parent in parents:
            unseen = ~net.families[parent]
            found[node] |= (found[parent] | (told[parent] if node in net.bit else 0)) & unseen
    return found


def message(net: Net, told: Sequence[int], tells: Sequence[int], decision: int, node: int) -> Path:
    """Return a path from ``node`` back to a chance node of which it may tell the decision, by its `messages`."""
    bit = net.bit[decision]
    path = [node]
    while True:
        unseen = [parent for parent in net.dag.parents[path[-1]] if not net.families[parent] & bit]
        end = [parent for parent in unseen if path[-1] in net.bit and told[parent] & bit]
        path += end[:1] or [next(parent for parent in unseen if tells[parent] & bit)]
        if end:
            return tuple(path)
