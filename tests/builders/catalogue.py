"""Each builder with objectives for what it learns: what the tests go through."""

from __future__ import annotations

import cidmesa as cm

__all__ = ["BUILT", "composed", "specified"]

B = "A == 'b'"
PREDICTED = "((A == S) == (Q == 'same'))"

# name -> (process, {agent: target})
BUILT = {
    "episodes": (cm.builders.episodes(), {"mesa": B}),
    "stages": (cm.builders.stages({"tuning": (1, "1/4"), "RLHF": (1, 1), "deployment": (2, "1/10")}), {"mesa": B}),
    "gate": (cm.builders.gate(2, 2), {"mesa": "Out == 'b'"}),
    "one_shot": (cm.builders.one_shot(), {"mesa": "AtRed"}),
    "hard_coded": (cm.builders.hard_coded(), {"mesa": "AtRed"}),
    "evolution": (cm.builders.evolution(2), {"mesa": "S + Mt + 1/5 * Cn"}),
    "rlhf": (cm.builders.rlhf(), {"mesa": {1: "-(A == 'comply')", 2: "-later * (A2 == 'comply')"}}),
    "rlhf hidden": (cm.builders.rlhf(visible=False), {"mesa": {1: "-(A == 'comply')", 2: "-later * (A2 == 'comply')"}}),
    "gradient_hacking": (
        cm.builders.gradient_hacking(),
        {"mesa": {1: "-cost * (H == 'couple')", 2: "future * (A2 == 'b')"}},
    ),
    "quadratic": (cm.builders.quadratic(), {"mesa": {1: "-(Y1 - 4/5) ** 2", 2: "-later * (Y2 - 4/5) ** 2"}}),
    "predictor": (cm.builders.predictor(), {"mesa": "A == Label"}),
    "predictor with influence": (cm.builders.predictor(influence=True), {"mesa": "A == Label"}),
    "recommender": (cm.builders.recommender(), {"mesa": "C"}),
    "reward_modelling": (cm.builders.reward_modelling(), {"mesa": {1: "R1", 2: "later * R2"}}),
    "iterated_distillation": (cm.builders.iterated_distillation(), {"mesa": "Answer == H"}),
    "actor_critic": (cm.builders.actor_critic(), {"critic": {1: f"-(R - {PREDICTED}) ** 2"}, "actor": {1: PREDICTED}}),
    "debate": (cm.builders.debate(), {"first": {1: "Judge == First"}, "second": {1: "Judge != First"}}),
    "services": (
        cm.builders.services(),
        {f"service{k}": {1: f"Trial{k} == 'y'", 2: f"2 * (X{k} == 'y')"} for k in (1, 2)},
    ),
    "meta_optimizer": (
        cm.builders.meta_optimizer(),
        {"optimizer": {1: "(Step == 'replace') == (R1 == 0)"}, "mesa": {t: f"A{t} == 'b'" for t in (1, 2, 3)}},
    ),
}


def specified(name: str, **fields: object) -> cm.MesaSpec | dict[str, cm.MesaSpec]:
    """Return the builder's specification, a mapping by agent where it has several."""
    _, targets = BUILT[name]
    specs = {agent: cm.MesaSpec(target=target, agent=agent, **fields) for agent, target in targets.items()}
    return specs if len(specs) > 1 else next(iter(specs.values()))


def composed(name: str, **fields: object) -> cm.Composition:
    """Return what the builder's process composes to."""
    return cm.compose(BUILT[name][0], specified(name, **fields))
