"""The catalogue of systems that the library has to hold: each is there, under a slug, a variant or a specification."""

from __future__ import annotations

from pathlib import Path

import pytest

import cidmesa as cm

MODELS = Path(__file__).parents[2] / "models"

CATALOGUE = {
    "grade_prediction": "everitt2021/grade-prediction",
    "content_recommendation": "everitt2021/content-recommendation",
    "content_recommendation_fixed": "everitt2021/content-recommendation-fixed",
    "fitness_tracker": "everitt2019understanding/fitness-tracker",
    "car_accident_predictor": "fox2021/car-accident-predictor",
    "introduced_bias": "ashurst2022/introduced-bias",
    "rl_rf_tampering": "everitt2021tampering/rl-rf-tampering",
    "current_rf_ti_considering": "everitt2021tampering/current-rf-considering",
    "current_rf_ti_ignoring": "everitt2021tampering/current-rf-ignoring",
    "direct_rf_learning": "everitt2021tampering/direct-rf-learning",
    "counterfactual_rf": "everitt2021tampering/counterfactual-rf",
    "rf_input_tampering": "everitt2021tampering/rf-input-tampering",
    "belief_based_reward": "everitt2021tampering/belief-based-reward",
    "mdp": "everitt2019/mdp",
    "unknown_mdp": "everitt2019/unknown-mdp",
    "pomdp": "everitt2019/pomdp",
    "reward_modelling": "everitt2019/reward-modelling",
    "cirl": "everitt2019/cirl",
    "supervised_qa": "everitt2019/supervised-qa",
    "self_fulfilling": "everitt2019/self-fulfilling",
    "counterfactual_oracle": "everitt2019/counterfactual-oracle",
    "debate": "everitt2019/debate",
    "ida": "everitt2019/ida",
    "cais": "everitt2019/cais",
    "off_switch": "hadfieldmenell2017/off-switch",
    "shutdown_problem": "carey2023/shutdown-problem",
    "causal_indifference": "carey2023/causal-indifference",
    "modified_action": "langlois2021/modified-action",
    "path_specific": "farquhar2022/path-specific",
    "war_game": "ward2023/war-game",
    "inadvertent_misleading": "ward2023/inadvertent-misleading",
    "unsafe_bridge": "ward2023/unsafe-bridge",
    "side_effect_misleading": "ward2023/side-effect-misleading",
    "two_corners": "hubinger2019/two-corners",
    "two_corners_episode": "hubinger2019/two-corners of per-episode",
    "two_corners_unaware": "hubinger2019/two-corners of unaware",
    "two_corners_no_end": "hubinger2019/two-corners@never-ends",
    "absent_minded_corners": "hubinger2019/absent-minded-corners",
    "red_door": "hubinger2019/red-door",
    "coinrun": "langosco2022/coinrun",
    "sweeping_robot": "hubinger2019/sweeping-robot",
    "vacuum_dust": "hubinger2019/vacuum-dust",
    "dirt_destroyed": "hubinger2019/dirt-destroyed",
    "button_lamp": "hubinger2019/button-lamp",
    "evolution": "hubinger2019/evolution",
    "three_alignments": "hubinger2019/three-alignments",
    "alignment_faking": "greenblatt2024/alignment-faking",
    "gradient_hacking": "hubinger2019gradient/gradient-hacking",
    "hi_ads": "krueger2020/hi-ads",
    "performative": "perdomo2020/performative",
    "behavioural_selection": "mallen2025/behavioural-selection",
    "boat_race": "clark2016/boat-race",
    "factorisation_trigger": "hubinger2019/rare-trigger",
    "mouse": "kenton2022/mouse",
    "actor_critic": "kenton2022/actor-critic",
    "quadratic_goal": "hubinger2019/graded-compliance",
    "base_selects_objective": "hubinger2019/base-selects",
}

NAMED_IN_POST_ONE = {
    "bottle cap": "hubinger2019/bottle-cap",
    "image classifier": "hubinger2019/image-classifier",
    "evolution": "hubinger2019/evolution",
    "humans who choose no children": "hubinger2019/childless",
    "red-door maze": "hubinger2019/red-door",
    "tree search in a Q-network": "farquhar2018/tree-search",
    "universal planning networks": "srinivas2018/planning-network",
    "optimization learned by recurrent networks": "wang2016/learned-bandit",
    "reinforcement learning over episodes": "duan2016/trial-of-episodes",
    "meta-optimizer that tunes gradient descent": "andrychowicz2016/learned-optimizer",
    "Q-network": "mnih2015/q-network",
    "policy network": "schulman2017/policy-network",
    "world model that fails off the distribution": "hubinger2019discussion/wrong-world-model",
    "value iteration networks": "tamar2016/value-iteration",
    "generative classifier": "hubinger2019discussion/digit-classifier",
    "tree that soaks up sunlight": "hubinger2019discussion/sunlight-tree",
    "emergent subagents": "hubinger2019discussion/subagents",
    "delegation to a simple algorithm": "hubinger2019discussion/rent-per-room",
    "strawberry on a plate": "hubinger2019discussion/strawberry",
    "reward-result gap": "leike2018/reward-result-gap",
    "gradient hacking": "hubinger2019gradient/gradient-hacking",
}


@pytest.mark.parametrize("place", CATALOGUE.values(), ids=CATALOGUE)
def test_the_catalogue_is_there(place):
    slug, _, spec = place.partition(" of ")
    scenario = cm.load(slug)
    assert scenario.claims
    assert not spec or scenario.of(spec).model


def test_the_catalogue_has_all_its_entries():
    assert len(set(CATALOGUE.values())) == len(CATALOGUE) == 57


@pytest.mark.parametrize("slug", NAMED_IN_POST_ONE.values(), ids=NAMED_IN_POST_ONE)
def test_what_post_one_names_is_there(slug):
    assert cm.load(slug).model


def test_size():
    """At least 105 scenarios of at least 30 sources, most of them with numbers."""
    scenarios = cm.scenarios()
    assert len(scenarios) >= 105
    assert len({scenario.slug.split("/")[0] for scenario in scenarios}) >= 30
    assert sum(scenario.model is not None for scenario in scenarios) >= 0.7 * len(scenarios)
