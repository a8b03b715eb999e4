"""Every builder under every combination of scope, succession, awareness and recall."""

import itertools

import pytest

import cidmesa as cm
from tests.builders.catalogue import BUILT, composed, specified

FIELDS = {
    "scope": ("episode", "updates"),
    "succession": ("planner", "game", "same"),
    "aware": ("full", "model", "none"),
    "recall": ("perfect", "none", "tied"),
}
COMBINATIONS = [dict(zip(FIELDS, values, strict=True)) for values in itertools.product(*FIELDS.values())]
UNLIKE = {"rlhf": ("D_A", "D_A2"), "gradient_hacking": ("D_H", "D_A2"), "reward_modelling": ("D_A1", "D_A2")}
VIEW_LOST = {"services": "service1", "meta_optimizer": "optimizer"}  # what it does changes parameters, it is not last
SOLVED_TIED = ("episodes", "gate", "rlhf hidden")  # two options and no observation
ONE_AGENT = [name for name, (_, targets) in BUILT.items() if len(targets) == 1]


def meaningless(name: str, fields: dict[str, str]) -> str | None:
    """Return what the refusal says, ``None`` where the combination has a meaning."""
    if fields["scope"] == "episode" and fields["succession"] == "game":
        return "each episode is an agent of its own already"
    joined = fields["scope"] == "updates" and fields["succession"] != "game"  # one agent takes all decisions
    if fields["recall"] == "tied" and joined and name in UNLIKE:
        return f"{', '.join(UNLIKE[name])} cannot share a rule: their options or observations differ"
    if name in VIEW_LOST and (fields["aware"] == "none" or fields["succession"] == "same"):
        return f"sees it. Put {VIEW_LOST[name]!r} last"
    return None


def parameter_nodes(composition: cm.Composition) -> list[str]:
    cid = composition.cid
    first = ("Theta", "Genes", "Mind", "Phi")
    return [node for node in cid.nodes if node.startswith(first) and cid.kind(node) == "chance"]


def influence(composition: cm.Composition) -> list[tuple[str, str]]:
    """Return (decision, parameters) with a path decision ~> parameters ~> a utility of the decision's agent."""
    cid = composition.cid
    return [
        (decision, theta)
        for decision in cid.decisions
        for theta in parameter_nodes(composition)
        if cm.directed_path(cid, decision, theta)
        and any(cm.directed_path(cid, theta, u) for u in cid.utilities_of(cid.agent(decision)))
    ]


@pytest.mark.parametrize("name", BUILT)
def test_it_composes_or_is_refused_with_a_reason(name):
    done = 0
    for fields in COMBINATIONS:
        reason = meaningless(name, fields)
        if reason is not None:
            with pytest.raises(cm.ComposeError) as caught:
                composed(name, **fields)
            assert reason in str(caught.value), fields
            continue
        c = composed(name, **fields)
        done += 1
        assert set(c.provenance) == {*c.cid.nodes, *c.cid.edges}
        actions = BUILT[name][0].actions
        assert {f"D_{action}" for action in actions} == set(c.cid.decisions)
        if fields["scope"] == "episode":
            assert not influence(c), fields
    assert done == 45 - 6 * (name in UNLIKE) - 27 * (name in VIEW_LOST)


def test_every_builder_is_gone_through():
    assert {name.split()[0] for name in BUILT} == set(cm.builders.__all__)


@pytest.mark.parametrize("name", ONE_AGENT)
def test_without_awareness_no_decision_reaches_parameters(name):
    for fields in COMBINATIONS:
        severed = fields["aware"] == "none" or fields["succession"] == "same"
        if severed and meaningless(name, fields) is None:
            c = composed(name, **fields)
            assert c.subjective
            reached = [n for d in c.cid.decisions for n in BUILT[name][0].thetas
                       if n in c.cid and cm.directed_path(c.cid, d, n)]  # fmt: skip
            assert not reached


@pytest.mark.parametrize("name", ONE_AGENT)
def test_across_updates_it_reaches_them_iff_there_is_an_update(name):
    process, _ = BUILT[name]
    c = composed(name, scope="updates", recall="none")
    moved = any(cm.directed_path(process.cid, action, theta) for action in process.actions for theta in process.thetas)
    assert bool(influence(c)) == moved


@pytest.mark.parametrize("name", BUILT)
def test_recall_changes_information_links_only(name):
    with_memory, without = (composed(name, scope="updates", recall=recall).cid for recall in ("perfect", "none"))
    extra = set(with_memory.edges) - set(without.edges)
    assert set(without.edges) <= set(with_memory.edges)
    assert all(with_memory.kind(child) == "decision" for _, child in extra)
    assert set(without.nodes) <= set(with_memory.nodes)


@pytest.mark.parametrize("name", ONE_AGENT)
def test_knowing_more_is_not_worth_less(name):
    """Full memory, memory of nothing, one rule for all: each is worth at most as much as the one before."""
    recalls = ("perfect", "none", "tied") if name in SOLVED_TIED else ("perfect", "none")
    values = [cm.solve(composed(name, scope="updates", recall=recall).model).value for recall in recalls]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("name", ONE_AGENT)
def test_an_unaware_one_expects_no_less_than_it_gets(name):
    """P5, for objectives that changed parameters do not serve better than the learner itself."""
    c = composed(name, scope="updates", aware="none")
    solution = cm.solve(c.model)
    assert solution.value >= cm.expected_utility(c.objective_twin, solution.policy, "mesa")


@pytest.mark.parametrize("name", BUILT)
def test_composition_is_deterministic(name):
    first, second = (composed(name, scope="updates") for _ in range(2))
    assert (first.model, first.provenance) == (second.model, second.provenance)


@pytest.mark.parametrize("name", [name for name in BUILT if name not in ONE_AGENT])
def test_a_specification_for_each_learned_algorithm(name):
    process, targets = BUILT[name]
    c = composed(name, scope="updates")
    assert set(c.cid.agents) == set(targets)
    for agent in targets:
        alone = c.project(agent)
        assert alone.cid.agents == (agent,)
        assert set(alone.cid.decisions) == {f"D_{a}" for a, role in process.actions.items() if role.agent == agent}
    with pytest.raises(cm.ComposeError, match="no action is left for 'stranger'"):
        cm.compose(process, {**specified(name, scope="updates"), "stranger": cm.MesaSpec(target="1", scope="updates")})
    with pytest.raises(cm.ComposeError, match=r"no action belongs to the agent 'stranger'\. Actions belong to: "):
        cm.compose(process, cm.MesaSpec(target="1", scope="updates", agent="stranger"))
