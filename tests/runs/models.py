"""The systems that these tests train: the mouse, two rounds, the two corners, and bottle caps."""

import numpy as np

import cidmesa as cm


def mouse(slip="1/4", right="9/10"):
    g = cm.cid("D -> X -> U", decisions=["D"], utilities=["U"])
    rows = [["right", {"right": "1 - slip", "left": "slip"}], ["left", {"left": "1 - slip", "right": "slip"}]]
    return cm.model(
        g,
        D=["left", "right"],
        X=cm.table(rows, ["D"]),
        U="cheese if X == 'right' else 1 - cheese",
        domains={"X": ["left", "right"]},
        parameters={"slip": slip, "cheese": right},
    )


def two_rounds(mu="4/5"):
    """D1 is paid at once or kept as it is; what D2 says is done only if it was kept."""
    g = cm.cid("D1 -> U1; D1 -> Th; Th -> A2; D2 -> A2; A2 -> U2", decisions=["D1", "D2"], utilities=["U1", "U2"])
    return cm.model(
        g,
        D1=["a", "b"],
        D2=["a", "b"],
        U1="D1 == 'b'",
        Th=cm.table([["b", {"base": "mu", "mesa": "1 - mu"}], ["a", "mesa"]], ["D1"]),
        A2=cm.table([["mesa", "a", "a"], ["mesa", "b", "b"], ["base", "*", "a"]], ["Th", "D2"]),
        U2="2 * (A2 == 'b')",
        domains={"Th": ["mesa", "base"], "A2": ["a", "b"]},
        parameters={"mu": mu},
    )


def corners(training=2, deployment=3, mu="1", recall="none", scope="updates"):
    spec = cm.MesaSpec(target="A == 'b'", scope=scope, recall=recall)
    return cm.compose(cm.builders.episodes(training, deployment, mu=mu), spec)


def bottle_cap(lab):
    """Return a trainer of rules that are drawn by lot, whatever they are trained for."""

    def train(arm, seed):
        rng = np.random.default_rng(seed)
        shapes = {node: lab.shapes[node].values.shape for node in arm.learns}
        return {n: np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])] for n, shape in shapes.items()}

    return train


def plans(lab, n, seed=0):
    """Return what each of n runs does along the path that it takes."""
    arm = lab.arm()
    reading = lab.read([arm], n, seed)[arm]
    return ["".join(_followed(lab, reading, run)) for run in range(n)]


def _followed(lab, reading, run):
    done = {}
    for node in lab.learned:
        rule = reading.rule(node, run)
        place = tuple(states.index(done[p]) for p, states in zip(rule.parents, rule.domains, strict=True))
        done[node] = rule.options[int(rule.values[place].argmax())]
    return done.values()
