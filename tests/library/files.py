"""Small scenario files for the tests of the library."""

from __future__ import annotations

from cidmesa.library.file.loader import loads

__all__ = ["CORNERS", "SMALL", "scenario", "with_claims"]

SMALL = """\
cidmesa: 1
title: Weather
parameters:
  p: {value: 1/3, range: [0, 1], doc: chance of rain}
nodes:
  Rain: {kind: chance, states: [yes, no], prob: [p, 1 - p]}
  Report: {kind: chance, states: [yes, no], parents: [Rain], table: [[yes, {yes: 0.9, no: 0.1}], ['*', {same: Rain}]]}
  Take: {kind: decision, states: [umbrella, nothing], parents: [Report]}
  Wet: {kind: chance, value: "Rain == 'yes' and Take == 'nothing'"}
  U: {kind: utility, value: -10 * Wet - (Take == 'umbrella')}
"""

CORNERS = """\
cidmesa: 1
title: Two corners with two episodes
source: {key: hubinger2019, where: section 4.2}
status: simplified
note: one training and two deployment episodes
tags: [mesa]
parameters:
  mu: {value: 1, range: [0, 1]}
nodes:
  Theta1: {kind: chance, states: [mesa, base], prob: [1, 0]}
  A1: {kind: action, states: [a, b], theta: Theta1, episode: 1, phase: train, otherwise: {base: a}}
  R1: {kind: chance, states: [0, 1], value: "A1 == 'a'"}
  Theta2: {kind: chance, states: [mesa, base], parents: [Theta1, R1],
           table: [[mesa, 0, {base: mu, mesa: 1 - mu}], ['*', '*', {same: Theta1}]]}
  A2: {kind: action, states: [a, b], theta: Theta2, episode: 2, phase: deploy, otherwise: {base: a}}
  A3: {kind: action, states: [a, b], theta: Theta2, episode: 3, phase: deploy, otherwise: {base: a}}
  U_base: {kind: utility, value: "(A1 == 'a') + (A2 == 'a') + (A3 == 'a')"}
learner: mesa
mesa:
  deceptive: {target: "A == 'b'", scope: updates}
  per-episode: {target: "A == 'b'", scope: episode}
  unaware: {target: "A == 'b'", scope: updates, aware: none}
"""

REPORTS = """\
cidmesa: 1
title: A report that opens the gate
source: {key: hubinger2019, where: section 4.2}
status: simplified
note: what is done is not seen, what is said is
tags: [mesa]
nodes:
  Theta: {kind: chance, states: [mesa, base], prob: [1, 0]}
  Deed: {kind: action, states: [good, bad], theta: Theta, episode: 1, otherwise: {base: good}}
  Says: {kind: action, states: [good, bad], theta: Theta, episode: 1, otherwise: {base: good},
         reports: {good: "Deed == 'good'"}}
  Trust: {kind: chance, states: [0, 1], value: "Says == 'good'"}
  U_base: {kind: utility, value: "Deed == 'good'"}
learner: mesa
gate: {Trust: 1}
mesa:
  liar: {target: "(Deed == 'bad') + 2 * Trust", scope: episode}
  honest: {target: "(Deed == 'good') + 2 * Trust", scope: episode}
"""


def with_claims(text: str, *claims: str) -> str:
    """Return the file with claims given as ``kind of question -> expectation`` in flow style."""
    if not claims:
        return text
    lines = [f"  - {{id: c{i}, says: claim {i}, {claim}}}" for i, claim in enumerate(claims)]
    return text + "\n".join(["claims:", *lines, ""])


def scenario(text: str, *claims: str):
    return loads(with_claims(text, *claims), "models/somebody2020/example.cid.yaml")
