"""`gym_lab` and `environment`: labs of gymnasium environments, and models as gymnasium environments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from math import inf
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.frozen import Frozen
from cidmesa.modelling.numbers import State, as_state
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.runs.arms import Arm, Run, Variant
from cidmesa.runs.lab import Lab, source_of

if TYPE_CHECKING:
    from pathlib import Path

    from cidmesa.modelling.model import Model
    from cidmesa.structure.diagram import CID

__all__ = ["Cut", "cut", "environment", "gym_lab"]

Wrap: TypeAlias = Callable[[Any], Any]  # environment -> environment
Policies: TypeAlias = Callable[[Any], Any]  # observation -> probabilities of the actions
Training: TypeAlias = Callable[[Any, int], Policies]  # an environment and a seed -> what is learned
MAX_STEPS = 1_000  # of a life that is watched


@dataclass(frozen=True)
class Cut:
    """A wrapper under which a variable ignores its parents; build it with `cut`."""

    wrap: Wrap

    def __call__(self, env: Any) -> Any:
        """Return the wrapped environment."""
        return self.wrap(env)


def cut(wrap: Wrap) -> Cut:
    """Return the wrapper, marked as a structural intervention: its variable ignores its parents.

    >>> cut(lambda env: env)("an environment")
    'an environment'
    """
    return Cut(wrap)


def environment(model: Model, agent: str | None = None, policy: Policy | Mapping[str, object] | None = None) -> Any:
    """Return a gymnasium environment in which an agent makes its decisions in a model, one step for each.

    Rewards are the agent's utilities as they are settled; ``info["variables"]`` has the states of all nodes so far. An
    observation is a MultiDiscrete vector; see `cidmesa.runs.environments.DiagramEnvironment`.

    Args:
        model: the model, such as that of a composition.
        agent: the agent that decides; if left out, the only one.
        policy: rules for the decisions of the others.

    Raises:
        NeedsPackage: gymnasium is not installed.
        NotApplicable: the agent is unknown, or a decision of another agent has no rule.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), S=cm.uniform([1]), D=[0, 1], U="D")
    >>> env = environment(m)
    >>> env.reset(seed=0)[0].tolist(), env.step(1)[1:3]
    ([0, 1], (1.0, True))
    """
    if policy is not None:
        model = model.with_policy(policy)
    if agent is None:
        agents = dict.fromkeys(str(model.cid.agent(d)) for d in model.cid.decisions)
        if len(agents) != 1:
            raise NotApplicable(f"say whose environment it is, agent=...: {', '.join(agents) or 'nobody decides'}.")
        agent = next(iter(agents))
    return import_module("cidmesa.runs.environments").DiagramEnvironment(model, agent)


@dataclass(frozen=True, eq=False)
class Trainer(Frozen):
    """Trains in an environment under wrappers, and reads the learned policy at some observations."""

    make: Callable[[], Any]
    train: Training
    learned: Mapping[str, tuple[Any, ...]]  # node -> the observation of each context, None where none is given
    options: int
    lives: int = 0

    @property
    def identity(self) -> str:
        """The source texts of the functions, as far as they can be found."""
        return "\n".join([source_of(self.make), source_of(self.train), str(list(self.learned)), str(self.lives)])

    def __call__(self, arm: Arm, seed: int) -> Run:
        if arm.mixture:
            raise NotApplicable("one system for all arms, drawn at random, needs tables. Make one environment of them.")
        env = self.make()
        for variant in arm.variants.values():
            env = env if variant.change is None else variant.change(env)
        env.reset(seed=seed)
        policy = self.train(env, seed)
        learned = {node: self.learned[node] for node in arm.learns}
        rules = {n: np.array([self._read(policy, seen) for seen in told]) for n, told in learned.items()}
        visits = {n: np.array([0.0 if seen is None else inf for seen in told]) for n, told in learned.items()}
        lives = tuple(self._life(env, policy) for _ in range(self.lives))
        env.close()
        return Run(rules, visits, lives)

    def _read(self, policy: Policies, seen: Any) -> Any:
        if seen is None:
            return np.full(self.options, 1 / self.options)
        chances = np.asarray(policy(np.asarray(seen)), dtype=float).ravel()
        if len(chances) != self.options:
            raise NotApplicable(
                f"train returns a policy, observation -> {self.options} probabilities; it gave {len(chances)}."
            )
        return chances

    def _life(self, env: Any, policy: Policies) -> dict[str, State]:
        """Return the variables of a life, from ``info["variables"]``, or from ``info`` itself."""
        observation, info = env.reset()
        told = dict(info.get("variables", info))
        for _ in range(MAX_STEPS):
            chances = np.asarray(policy(observation), dtype=float).ravel()
            action = int(env.np_random.choice(len(chances), p=chances / chances.sum()))
            observation, _, terminated, truncated, info = env.step(action)
            told |= info.get("variables", info)
            if terminated or truncated:
                break
        return {str(name): as_state(value) for name, value in told.items() if isinstance(value, str | int | float)}


def gym_lab(
    diagram: CID,
    make: Callable[[], Any],
    train: Training,
    *,
    variants: Mapping[str, Mapping[str, Wrap]],
    learned: Mapping[str, Mapping[Any, Any]],
    lives: int = 0,
    cache: str | Path | None = None,
    jobs: int | None = None,
    backend: str = "loky",
    scheduler: str | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Lab:
    """Return a lab for any gymnasium environment, trained by your own code.

    Args:
        diagram: the variables and their causal links; the kinds of the nodes do not matter.
        make: a function that returns the unmodified environment; called anew for each run.
        train: a function that trains in an environment with a seed and returns a policy, observation -> probabilities
            of the actions.
        variants: node -> name -> a wrapper that gives it another mechanism; `cut` marks those that ignore its parents.
            The unmodified environment is always a variant.
        learned: learned node -> context -> the observation at which its policy is read. A context is the tuple of the
            parents' states, ``()`` without parents.
        lives: how many lives of each trained system to watch for `behaviour`; the environment reports the variables in
            ``info`` or in ``info["variables"]``.
        cache: a folder that keeps finished runs; none if left out.
        jobs: the number of processes, as for `cidmesa.sweep`.
        backend: "loky", "dask" or "ray".
        scheduler: the address of the cluster's scheduler.
        watch: a function called with the numbers of finished runs and of all runs.

    Raises:
        NotApplicable: a name is not a node's, or actions are not discrete.

    Source: ours.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=["stay", "go"], U="D == 'go'")
    >>> always = lambda env, seed: lambda observation: [0, 1]
    >>> lab = gym_lab(m.cid, lambda: environment(m), always, variants={}, learned={"D": {(): [0]}})
    >>> lab.read([lab.arm()], n=2)[lab.arm()].taken("D")[:, 0].tolist()
    [[0, 1, 0], [0, 1, 0]]
    """
    for name in (*variants, *learned):
        if name not in diagram:
            raise NotApplicable(f"{name!r} is not a node of the diagram.{near_miss(name, diagram.nodes)}")
    count = _actions(make)
    places = {node: {_place(context): seen for context, seen in told.items()} for node, told in learned.items()}
    shapes = {node: _shape(node, diagram.parents(node), list(told), count) for node, told in places.items()}
    seen = {node: tuple(map(told.get, product(*shapes[node].domains))) for node, told in places.items()}
    changed = {
        node: [Variant(f"{node} {name}", isinstance(wrap, Cut), wrap) for name, wrap in variants.get(node, {}).items()]
        for node in diagram.nodes
    }
    known = {node: (Variant("as is", structural=False), *wraps) for node, wraps in changed.items()}
    trainer = Trainer(make, train, seen, count, lives)
    how: dict[str, Any] = {"cache": cache, "jobs": jobs, "backend": backend, "scheduler": scheduler, "watch": watch}
    return Lab(diagram, shapes, known, trainer, 1, **how)


def _actions(make: Callable[[], Any]) -> int:
    env = make()
    count = getattr(env.action_space, "n", None)
    env.close()
    if count is None:
        raise NotApplicable(
            f"actions are {env.action_space}; a lab needs discrete ones. Wrap the environment so that a "
            "few actions stand for what matters."
        )
    return int(count)


def _place(context: Any) -> tuple[State, ...]:
    return tuple(map(as_state, context if isinstance(context, tuple) else (context,)))


def _shape(node: str, parents: tuple[str, ...], places: Sequence[tuple[State, ...]], count: int) -> Rule:
    """Return the uniform rule of a learned node, whose contexts are combinations of the states in those given."""
    if any(len(place) != len(parents) for place in places) or not places:
        raise NotApplicable(f"a context of {node!r} is the states of {', '.join(parents) or 'no node, ()'}.")
    domains = tuple(tuple(dict.fromkeys(states)) for states in zip(*places, strict=True))
    return Rule(node, parents, domains, tuple(range(count)), np.full((*map(len, domains), count), 1 / count))
