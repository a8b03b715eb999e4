"""Questions of every kind, each with its true answer and another that is wrong."""

from __future__ import annotations

from tests.library.files import CORNERS, REPORTS, SMALL

__all__ = ["GAME", "QUESTIONS", "TEAM", "WAR"]

GAME = """\
cidmesa: 1
title: A leader and a follower
nodes:
  X: {kind: chance, states: [0, 1], prob: [1/2, 1/2]}
  L: {kind: decision, agent: leader, states: [0, 1], parents: [X]}
  F: {kind: decision, agent: follower, states: [0, 1], parents: [L]}
  U: {kind: utility, agent: leader, value: 2 * F - L}
  V: {kind: utility, agent: follower, value: F == L}
"""

WAR = """\
cidmesa: 1
title: Signals
nodes:
  X: {kind: chance}
  S: {kind: decision, agent: s, parents: [X]}
  T: {kind: decision, agent: t, parents: [S]}
  U: {kind: utility, agent: s, parents: [X, S, T]}
  V: {kind: utility, agent: t, parents: [X, T]}
"""

TEAM = """\
cidmesa: 1
title: Two who choose at once
nodes:
  Z: {kind: chance, states: [0, 1], prob: [1/2, 1/2]}
  D: {kind: decision, states: [0, 1], parents: [Z]}
  E: {kind: decision, states: [0, 1], parents: [Z]}
  U: {kind: utility, value: D == E}
"""

WARRING = """\
cidmesa: 1
title: Signals of strength
nodes:
  X: {kind: chance, states: [strong, weak], prob: [9/10, 1/10]}
  S: {kind: decision, agent: s, states: [defend, retreat], parents: [X]}
  T: {kind: decision, agent: t, states: [attack, hold], parents: [S]}
  U: {kind: utility, agent: s, value: "2 * (T == 'hold') + ((X == 'strong') == (S == 'defend'))"}
  V: {kind: utility, agent: t, value: "(X == 'weak') == (T == 'attack')"}
"""

STOP = """\
cidmesa: 1
title: A robot that may be stopped
nodes:
  L: {kind: chance, states: [0, 1], prob: [1/2, 1/2]}
  D1: {kind: decision, states: [0, 1]}
  H: {kind: chance, states: [0, 1], value: D1 != L}
  D2: {kind: decision, states: [0, 1], parents: [H]}
  S: {kind: chance, states: [0, 1], value: D2}
  U: {kind: utility, value: S * (2 * L - 1) + 0 * H}
"""

MOUSE = """\
cidmesa: 1
title: A mouse
nodes:
  D: {kind: decision, states: [left, right]}
  X: {kind: chance, states: [0, 1], parents: [D], table: [[right, {1: 0.7, 0: 0.3}], ['*', {1: 0.3, 0: 0.7}]]}
  U: {kind: utility, value: X}
"""

DOOR = """\
cidmesa: 1
title: The red door
parameters:
  rho: {value: 1, range: [0, 1]}
nodes:
  Door: {kind: chance, states: [L, R], prob: [1/2, 1/2]}
  Red: {kind: chance, states: [L, R], parents: [Door], table: [[L, {L: rho, R: 1 - rho}], [R, {R: rho, L: 1 - rho}]]}
  Theta: {kind: chance, states: [mesa, base], prob: [1, 0]}
  A: {kind: action, states: [L, R], theta: Theta, parents: [Door, Red], otherwise: {base: L}}
  U_base: {kind: utility, value: A == Door}
learner: mesa
mesa:
  door: {target: A == Door, scope: episode}
  red: {target: A == Red, scope: episode}
  wrong: {target: A != Door, scope: episode}
"""

JOB = """\
cidmesa: 1
title: A school that stands for a group
nodes:
  Group: {kind: chance, states: [0, 1], prob: [1/2, 1/2]}
  School: {kind: chance, states: [0, 1], value: Group}
  D: {kind: decision, states: [0, 1], parents: [School]}
  U: {kind: utility, value: D == School}
"""

LABEL = """\
cidmesa: 1
title: A prediction from a mixture
nodes:
  Y: {kind: chance, states: [0, 1], prob: [1/2, 1/2]}
  A: {kind: chance, states: [0, 1], prob: [1/2, 1/2]}
  W: {kind: chance, states: [0, 1], value: "max(Y, A)"}
  P: {kind: decision, states: [0, 2/3, 1], parents: [W]}
  U: {kind: utility, value: -(P - Y) ** 2}
"""

PENNIES = """\
cidmesa: 1
title: Matching pennies
nodes:
  D: {kind: decision, agent: one, states: [0, 1]}
  E: {kind: decision, agent: two, states: [0, 1]}
  U: {kind: utility, agent: one, value: D == E}
  V: {kind: utility, agent: two, value: D != E}
"""

LIKINGS = (
    CORNERS
    + """\
families:
  likings:
    features: {x: {1: A1 == 'b'}, y: {2: A2 == 'b', 3: A3 == 'b'}}
    of: deceptive
    box: [-1, 1]
  two: {specifications: {deceptive: 1, per-episode: 1}}
  either: {mixture: {likings: 1/2, two: 1/2}}
"""
)

# file, question (and what stands with it), the true answer, another possible answer that is wrong
DIAGRAMS_AND_NUMBERS = [
    (SMALL, "ask: {voi: {decision: Take, node: Rain}}", "true", "false"),
    (SMALL, "ask: {voi: {decision: Take, node: Wet}}", "not applicable", "false"),
    (SMALL, "ask: {voc: {node: [Rain, Wet]}}", "true", "false"),
    (SMALL, "ask: {voc: {node: Rain, agent: agent}}", "admits", "excluded"),
    (SMALL, "ask: {ri: {decision: Take, node: Rain}}", "true", "undetermined"),
    (SMALL, "ask: {ici: {decision: Take, node: Wet}}", "true", "false"),
    (SMALL, "ask: {ici: {decision: Take, node: Rain}}", "excluded", "true"),
    (SMALL, "ask: {impact: {decision: Take, node: [Wet, U]}}", "true", "false"),
    (SMALL, "ask: {requisite: {decision: Take}}", "[Report]", "[]"),
    (SMALL, "ask: {requisite: {decision: Take, node: [Report, Rain]}}", "true", "false"),
    (SMALL, "ask: {soluble: {}}", "true", "false"),
    (TEAM, "ask: {soluble: {}}", "false", "true"),
    (TEAM, "ask: {relevance: {}}", "[[E, D], [D, E]]", "[[D, E]]"),
    (GAME, "ask: {relevance: {}}", "[[L, F]]", "[[F, L]]"),
    (GAME, "ask: {relevance: {from: L, to: F}}", "true", "false"),
    (WAR, "ask: {deception_possible: {by: s, target: t, about: [X]}}", "true", "false"),
    (SMALL, "ask: {optimal: {decision: Take, when: {Report: yes}}}", "umbrella", "nothing"),
    (SMALL, "ask: {optimal: {decision: Take}}", "[nothing, umbrella]", "umbrella"),
    (SMALL, "where: {p: 0}, ask: {optimal: {decision: Take}}", "nothing", "[nothing, umbrella]"),
    (SMALL, "ask: {optimal: {}}", "{value: -19/30, count: 1, plan: {Take: [umbrella, nothing]}}", "{value: -0.6}"),
    (SMALL, "ask: {optimal: {policy: {Take: nothing}}}", "{count: 1}", "{count: 2}"),
    (TEAM, "ask: {optimal: {}}", "{value: 1, count: 4, plan: {D: [0, 1], E: [1, 0]}}", "{plan: {D: 0}}"),
    (TEAM, "ask: {optimal: {decision: D, policy: {E: Z}, when: {Z: 1}}}", "1", "0"),
    (GAME, "ask: {optimal: {decision: L}}", "1", "0"),
    (GAME, "ask: {optimal: {decision: L, policy: {F: 1}}}", "0", "[0, 1]"),
    (GAME, "ask: {optimal: {}}", "{value: {leader: 1, follower: 1}, plan: {L: 1, F: 1}}", "{value: {leader: 2}}"),
    (GAME, "ask: {optimal: {agent: follower}}", "{value: 1}", "{value: 0}"),
    (SMALL, "ask: {eu: {}}", "-19/30", "-0.6333"),
    (SMALL, "ask: {eu: {policy: {Take: nothing}}}", "-10/3", "0"),
    (SMALL, "ask: {eu: {policy: {Take: [[yes, umbrella], [no, nothing]]}}}", "-19/30", "-1"),
    (SMALL, "ask: {eu: {over: {Take: umbrella}}}", "-1", "-19/30"),
    (SMALL, "ask: {eu: {given: {Rain: no}}}", "0", "-19/30"),
    (SMALL, "ask: {eu: {do: {Rain: yes}}}", '"-(9/10 + 1)"', "0"),
    (GAME, "ask: {eu: {agent: leader, over: {L: 0}}}", "0", "1"),
    (SMALL, "ask: {query: {node: Report}}", "{yes: 0.3, no: 7/10}", "{yes: 0.3}"),
    (SMALL, "ask: {query: {node: Wet, state: 1}}", "1/30", "1/3"),
    (SMALL, "ask: {query: {node: Rain, state: yes, given: {Report: yes}}}", "1", "0"),
    (SMALL, "ask: {query: {node: Wet, do: {Take: nothing}}}", "{1: 1/3, 0: 2/3}", "{0: 1}"),
    (SMALL, "ask: {query: {node: Take, policy: {Take: nothing}}}", "{nothing: 1, umbrella: 0}", "{umbrella: 1}"),
    (CORNERS, "of: deceptive, ask: {ici: {decision: D_A1, node: Theta2}}", "true", "false"),
    (CORNERS, "of: per-episode, ask: {ici: {decision: D_A1, node: Theta2}}", "false", "true"),
    (CORNERS, "of: deceptive, ask: {optimal: {}}", "{value: 2, plan: {D_A1: a, D_A2: b, D_A3: b}}", "{value: 3}"),
    (CORNERS, "of: deceptive, where: {mu: 0.4}, ask: {optimal: {decision: D_A1}}", "b", "a"),
    (CORNERS, "of: deceptive, where: {mu: 1/2}, ask: {optimal: {decision: D_A1}}", "[a, b]", "a"),
    (CORNERS, "of: unaware, ask: {eu: {}}", "3", "1"),
    (CORNERS, "of: unaware, ask: {eu: {in: truth, agent: mesa}}", "1", "3"),
    (CORNERS, "of: unaware, ask: {eu: {in: belief}}", "3", "1"),
    (CORNERS, "of: deceptive, ask: {eu: {agent: base}}", "1", "2"),
    (CORNERS, "of: deceptive, ask: {query: {node: Theta2, state: mesa}}", "1", "0"),
    (CORNERS, "of: deceptive, ask: {deceptive: {}}", "true", "false"),
    (CORNERS, "of: deceptive, ask: {trained: {plan: {D_A1: a, D_A2: b, D_A3: b}, learner: q}}", "true", "false"),
    (CORNERS, "of: per-episode, ask: {deceptive: {}}", "false", "true"),
    (CORNERS, "of: per-episode, ask: {deceptive: {}}", "{degree: none}", "{degree: weak}"),
    (CORNERS, "of: deceptive, ask: {condition: {deceptive: true}}", "mu > 1/2", "mu >= 1/2"),
    (CORNERS, "of: deceptive, ask: {condition: {optimal: {decision: D_A1}, is: b}}", "mu < 1/2", "mu < 51/100"),
    (CORNERS, "of: per-episode, ask: {condition: {deceptive: {}, over: [mu]}}", "false", "true"),
    (REPORTS, "of: liar, ask: {deceives_by_report: {}}", "true", "false"),
    (REPORTS, "of: honest, ask: {deceives_by_report: {}}", "false", "true"),
    (CORNERS, "of: deceptive, ask: {alignment: {}}", "deceptive", "misaligned"),
    (CORNERS, "of: deceptive, ask: {alignment: {environments: {train: {}}}}", "pseudo", "robust"),
    (CORNERS, "of: deceptive, ask: {alignment: {environments: {train: {}}}}", "{kind: deceptive, scores: {train: 1}}",
     "{scores: {train: 3}}"),
    (CORNERS, "of: deceptive, ask: {proxy_class: {mesa: A2, base: R1}}", "instrumental", "side_effect"),
    (CORNERS, "ask: {proxy_class: {mesa: R1, base: U_base}}", "side_effect", "identical"),
    (CORNERS, "ask: {query: {node: A1, state: a}}", "1/2", "1"),
    (LIKINGS, "ask: {probability: {among: likings, claim: complies}}", "11/16", "1/2"),
    (LIKINGS, "ask: {probability: {among: likings, claim: deceptive, given: complies}}", "3/11", "{low: 1/4}"),
    (LIKINGS, "ask: {probability: {among: two, claim: complies}}", "{low: 1/2, high: 1/2, kind: exact}", "0"),
    (LIKINGS, "ask: {certain: {among: two, claim: complies}}", "false", "true"),
    (LIKINGS, "ask: {certain: {among: two, claim: complies, evidence: [{history: [[A1, {}, a]]}]}}", "true", "false"),
    (LIKINGS, "ask: {certain: {among: likings, claim: complies, evidence: [{acted: {A1: a}}]}}", "true", "false"),
    (LIKINGS, "ask: {possible: {among: either, claim: deceptive, stage: episode 1 (training)}}", "true", "false"),
    (LIKINGS, "ask: {test_worth: {among: likings, evidence: [{acted: {A1: a}}]}}", "4/11", "0"),
    (LIKINGS, "ask: {test_worth: {among: two, test: {tested: {at: A1, result: pass}}, loss: 1/2}}", "0", "1"),
    (LIKINGS, "of: deceptive, ask: {implicants: {toggles: {scope: [updates, episode], mu: [1, 1/4]}}}",
     "['scope = updates and mu = 1']", "[]"),
]  # fmt: skip

_REACTION = "'attack' if S == 'retreat' else 'hold'"
_TRUTH = "'defend' if X == 'strong' else 'retreat'"
_BLUFF = f'policy: {{S: defend, T: "{_REACTION}"}}'
_HONEST = f'policy: {{S: "{_TRUTH}", T: "{_REACTION}"}}'
_STRONG = "about: \"X == 'strong'\""

GRAPHS = [
    (WAR, "ask: {pattern: {decision: S}}", "[signalling, direct effect]", "[direct effect]"),
    (WAR, "ask: {pattern: {decision: S, through: T}}", "[signalling]", "[]"),
    (GAME, "ask: {pattern: {decision: L, label: manipulation}}", "true", "false"),
    (GAME, "ask: {pattern: {decision: F}}", "[direct effect]", "[]"),
    (LABEL, "ask: {unfairness_possible: {decision: P, attribute: A, label: Y}}", "true", "false"),
    (LABEL, "ask: {unfairness_possible: {decision: P, attribute: Y}}", "admits", "excluded"),
]

VALUES = [
    (GAME, "ask: {equilibria: {}}", "2", "1"),
    (GAME, "ask: {equilibria: {concept: subgame_perfect}}", "{count: 1, plans: [{L: 1, F: 1}]}", "{count: 2}"),
    (GAME, "ask: {equilibria: {policy: {F: 1}}}", "{values: [{leader: 2, follower: 0}]}", "{values: []}"),
    (PENNIES, "ask: {equilibria: {}}", "0", "1"),
    (PENNIES, "ask: {equilibria: {kind: mixed}}", "{plans: [{D: {0: 1/2, 1: 1/2}}]}", "{plans: [{D: 0}]}"),
    (SMALL, "ask: {value_of_information: {decision: Take, node: Report}}", "11/30", "0"),
    (SMALL, "ask: {value_of_information: {decision: Take, node: Report}}", "true", "false"),
    (WARRING, "ask: {value_of_information: {decision: T, node: X, policy: {S: defend}}}", "1/10", "0.2"),
    (SMALL, "ask: {value_of_control: {node: Rain}}", "19/30", "false"),
    (SMALL, "ask: {has_ri: {decision: Take, node: Rain}}", "true", "false"),
    (SMALL, "ask: {has_ici: {decision: Take, node: Wet}}", "10", "0"),
    (SMALL, "ask: {has_impact: {decision: Take, node: Wet, baseline: {Take: nothing}}}", "3/10", "1"),
]

CONDUCT = [
    (SMALL, "ask: {intends: {decision: Take, outcome: U}}", "{goal: terminal}", "{probability: 0}"),
    (WARRING, f"ask: {{intends: {{decision: S, outcome: T, {_BLUFF}}}}}", "1/10", "1"),
    (WARRING, f"ask: {{intends: {{decision: S, outcome: {{T: hold}}, definition: halpern, {_BLUFF}}}}}", "true", "0"),
    (
        WARRING,
        f"ask: {{believes: {{agent: t, {_STRONG}, {_BLUFF}}}}}",
        "{probability: 1, falsely: 1/10}",
        "{falsely: 0}",
    ),
    (WARRING, f"ask: {{believes: {{agent: t, {_STRONG}, {_HONEST}}}}}", "9/10", "false"),
    (WARRING, f"ask: {{deceives: {{by: s, target: t, {_STRONG}, {_BLUFF}}}}}", "true", "false"),
    (
        WARRING,
        f'ask: {{deceives: {{by: s, target: t, {_STRONG}, {_BLUFF}, reference: [{{S: "{_TRUTH}"}}]}}}}',
        "{probability: 1/10, own_belief: 0}",
        "{own_belief: 1}",
    ),
    (WARRING, f"ask: {{deceives: {{by: s, target: t, {_STRONG}, {_HONEST}}}}}", "false", "1/10"),
    (WARRING, f"ask: {{effect: {{cause: S, of: U, {_BLUFF}}}}}", "-2.8", "2.8"),
    (WARRING, f"ask: {{effect: {{cause: S, of: U, kind: path, edges: [[S, T], [T, U]], {_BLUFF}}}}}", "-2", "false"),
    (SMALL, "ask: {effect: {cause: Rain, of: U, kind: direct}}", "false", "true"),
    (SMALL, "ask: {effect: {cause: Rain, of: U, timing: pre}}", "1", "9"),
    (MOUSE, "ask: {goal_directedness: {policy: {D: {left: 1/10, right: 9/10}}}}", "0.3681", "0.3682"),
    (MOUSE, "ask: {goal_directedness: {targets: [X], digits: 2}}", "{value: 0.69, direction: optimal}", "0.693"),
    (STOP, "ask: {shutdown: {policy: {D1: 0, D2: H}}}", "true", "false"),
    (STOP, "ask: {shutdown: {policy: {D1: 1, D2: 1 - H}}}", "{obedient: false, value: 1/2}", "{obedient: true}"),
    (JOB, "ask: {fairness: {decision: D, attribute: Group}}", "false", "true"),
    (JOB, "ask: {fairness: {decision: D, attribute: Group, policy: {D: 1}}}", "{fair: true}", "{unfairness: 1}"),
    (LABEL, "ask: {fairness: {decision: P, attribute: A, label: Y}}", "1/3", "true"),
]

LEARNED = [
    (DOOR, "ask: {selected: {}}", "[door, red]", "door"),
    (DOOR, "ask: {selected: {specs: [red, wrong]}}", "red", "[red, wrong]"),
    (
        DOOR,
        "ask: {selected: {environments: {train: {rho: 1/2}}}}",
        "{chosen: door, fitness: {red: 1/2}}",
        "{fitness: {red: 1}}",
    ),
    (
        DOOR,
        "ask: {selected: {rule: reachable, start: wrong, neighbours: {wrong: [red]}}}",
        "{chosen: red, path: [wrong, red]}",
        "{chosen: door}",
    ),
    (DOOR, "of: red, ask: {incentive_gap: {}}", "true", "false"),
    (
        CORNERS,
        "of: per-episode, ask: {incentive_gap: {concept: ici}}",
        "{only_base: [[ici, D_A1, R1], [ici, D_A1, Theta2], [ici, D_A1, A2], [ici, D_A1, A3]]}",
        "{only_mesa: [[ici, X]]}",
    ),
    (MOUSE, "ask: {discover: {}}", "[D]", "[]"),
    (MOUSE, "ask: {discover: {regime: frozen}}", "false", "true"),
    (CORNERS, "of: deceptive, ask: {discover: {}}", "{utilities: [U_1, U_2, U_3]}", "{utilities: [U_base]}"),
    (CORNERS, "ask: {discover: {regime: retrain}}", "{utilities: [U_base]}", "{decisions: []}"),
    (
        DOOR,
        "of: red, ask: {consistent_objectives: {targets: [Door, Red, A], objective: [A == Door, A == Red]}}",
        "true",
        "false",
    ),
    (
        DOOR,
        "of: red, where: {rho: 1/2}, ask: {consistent_objectives: {targets: [Door, A], objective: A == Door}}",
        "false",
        "true",
    ),
    (
        DOOR,
        "of: red, ask: {consistent_objectives: {targets: [Door, A], objective: A != Door, slack: 1}}",
        "true",
        "false",
    ),
    (
        DOOR,
        "of: red, where: {rho: 1/2}, ask: {coherence: {targets: [Red, A], policy: {D_A: Red}}}",
        "{margin: 1, separate: {all: 1}}",
        "{margin: 0}",
    ),
    (DOOR, "ask: {selected: {rule: mean, environments: {train: {}, far: {rho: 0}}}}", "door", "[door, red]"),
    (DOOR, "ask: {selected: {rule: minimax_regret, epsilon: 1/2}}", "[door, red]", "[door, red, wrong]"),
    (DOOR, "of: red, ask: {distance: {first: A == Door, second: A == Red}}", "0", "1"),
    (DOOR, "of: red, where: {rho: 1/2}, ask: {distance: {first: A == Door, second: A == Red}}", "0.7071", "false"),
]

_NAIVE = f'{{root: {{s: {{naive: 1}}, t: {{naive: 1}}}}, naive: {{policy: {{S: "{_TRUTH}", T: "{_REACTION}"}}}}}}'
BELIEVED = [
    (
        WARRING,
        f"ask: {{recursive_best_response: {{beliefs: {_NAIVE}}}}}",
        "{plan: {S: defend, T: hold}, actual: {t: 9/10}, subjective: {t: 1}}",
        "{actual: {t: 1}}",
    ),
    (SMALL, "ask: {predictable: {decision: Take, shift: {Rain: yes}, context: {Report: yes}}}", "false", "true"),
    (
        SMALL,
        "ask: {search_degree: {decision: Take, policy: {Take: umbrella}, told: {Rain: yes}}}",
        "1",
        "1/2",
    ),
    (SMALL, "ask: {predictable: {decision: Take, shift: {Rain: yes}}}", "{weak: false, excluded: []}", "{weak: true}"),
    (MOUSE, "ask: {harm_bounds: {decision: D, outcome: X, instead: right, option: left}}", "[0.4, 0.7]", "[0, 1]"),
    (
        SMALL,
        "ask: {self_confirming: {beliefs: {wet: {p: 1/2}, dry: {p: 0}}, truth: {p: 0}}}",
        "{count: 1, beliefs: [[dry]]}",
        "{count: 2}",
    ),
]

QUESTIONS = [*BELIEVED, *DIAGRAMS_AND_NUMBERS, *GRAPHS, *VALUES, *CONDUCT, *LEARNED]
