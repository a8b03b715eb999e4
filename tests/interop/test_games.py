"""Gambit's files read: what we wrote, pygambit's catalogue with equal equilibria, what is refused."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path
from random import Random

import pytest

import cidmesa as cm
from cidmesa import interop
from cidmesa.errors import FormatError, TooLarge
from cidmesa.interop import game_tree, games
from cidmesa.solving.games.strategic_form import strategic_form
from tests.random_models import random_model


def written(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def test_values_of_random_models_come_back(tmp_path):
    rng = Random(5)
    for _ in range(40):
        model = random_model(rng, max_nodes=5, max_decisions=2, recall=True)
        wanted = cm.solve(model).value
        interop.write_nfg(model, tmp_path / "a.nfg")
        assert cm.solve(interop.read_nfg(tmp_path / "a.nfg")).value == wanted
        interop.write_efg(model, tmp_path / "a.efg")
        tree = interop.read_efg(tmp_path / "a.efg")  # a chance node that is certain somewhere makes no move there
        assert tree.exact
        assert cm.solve(tree).value == wanted


def test_a_game_comes_back_with_its_links_and_equilibria(tmp_path):
    owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid("S -> A; A -> B; S, A, B -> U; A, B -> V", **owned)
    model = cm.model(g, S={"l": "1/3", "r": "2/3"}, A=["x", "y"], B=["x", "y"],
                     U="(A == B) + (S == 'l') * (A == 'x')", V="A != B")  # fmt: skip
    interop.write_efg(model, tmp_path / "a.efg")
    found = interop.read_efg(tmp_path / "a.efg")
    assert found.cid.parents("A") == ("S",)
    assert found.cid.parents("B") == ("A",)
    for concept in ("nash", "subgame_perfect"):
        one, other = cm.equilibria(model, concept), cm.equilibria(found, concept)
        assert [e.values for e in one] == [e.values for e in other]


def payoff(profile, player):
    """Return what the player gets; pygambit 17 has renamed the method."""
    return profile.payoffs[player] if hasattr(profile, "payoffs") else profile.payoff(player)


def values_by_name(found, players):
    """Return what the players get in equilibria of pygambit."""
    return {tuple(sorted((str(p), str(payoff(one, p))) for p in players)) for one in found}


def own_values(found):
    return {tuple(sorted((player, str(value)) for player, value in one.values.items())) for one in found}


def test_the_catalogue_of_pygambit_has_equal_equilibria():
    pygambit = pytest.importorskip("pygambit", reason="pygambit is not installed (extra games)")
    files = sorted((Path(pygambit.__file__).parent / "catalog_data").rglob("*.[en]fg"))
    if not files:
        pytest.skip("this pygambit brings no catalogue")
    equal = {"pure": 0, "mixed": 0}
    for file in files:
        strategic = file.suffix == ".nfg"
        model = interop.read_nfg(file) if strategic else interop.read_efg(file)
        game = pygambit.read_nfg(str(file)) if strategic else pygambit.read_efg(str(file))
        for kind, solved in (("pure", pygambit.nash.enumpure_solve), ("mixed", pygambit.nash.enummixed_solve)):
            try:
                wanted = solved(game).equilibria
            except RuntimeError:  # imperfect recall, and mixtures of more than two players
                continue
            found = cm.equilibria(model, kind=kind, limit=10_000)
            assert found.complete
            assert len(found) == len(wanted) or model.tied, file.name
            assert own_values(found) == values_by_name(wanted, game.players), file.name
            equal[kind] += 1
    assert len(files) >= 40
    assert equal["pure"] >= 35
    assert equal["mixed"] >= 28


def test_pygambit_lists_each_equilibrium_once():
    pytest.importorskip("pygambit", reason="pygambit is not installed (extra games)")
    pay = [[1, -1, 3, -3], [-1, 1, -3, 3], [3, -3, 1, -1], [-3, 3, -1, 1]]
    owned = {"decisions": {"a": ["P"], "b": ["Q"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g, options = cm.cid("P, Q -> U; P, Q -> V", **owned), [0, 1, 2, 3]
    m = cm.model(g, P=options, Q=options, U=lambda P, Q: pay[P][Q], V=lambda P, Q: -pay[P][Q])
    for solver in ("own", "gambit"):
        found = cm.equilibria(m, kind="mixed", solver=solver)
        assert len(found) == len({str(one.profile) for one in found}) == 4


# --- random trees -------------------------------------------------------------------------------------------------


class RandomTree:
    """A tree in which anyone may move anywhere, with as many actions as it likes, and who knows what is arbitrary."""

    def __init__(self, rng: Random, *, depth: int = 3, absent: bool = False) -> None:
        self.rng, self.absent = rng, absent
        self.sets: dict[tuple[int, int], int] = {}  # player and number -> how many actions
        self.lines = ['EFG 2 R "t" { "I" "II" }', '""']
        self.tree = self._node(depth, {})

    def _node(self, depth, met):
        kind = self.rng.choice("cppp") if depth and (depth > 1 or self.rng.random() < 0.7) else "t"
        if kind == "t":
            paid = [self.rng.randint(-3, 3) for _ in "ab"]
            self.lines.append(f't "" {len(self.lines)} "" {{ {paid[0]} {paid[1]} }}')
            return ("t", paid)
        if kind == "c":
            chances = self.rng.choice(([Fraction(1, 2)] * 2, [Fraction(1, 3), Fraction(2, 3)]))
            moves = " ".join(f'"x{k}" {chance}' for k, chance in enumerate(chances))
            self.lines.append(f'c "" {len(self.lines)} "" {{ {moves} }} 0')
            return ("c", [(chance, self._node(depth - 1, met)) for chance in chances])
        player, count = self.rng.randint(1, 2), self.rng.choice([1, 2, 2, 3])
        same = [one for one, size in self.sets.items() if one[0] == player and size == count]
        same = [one for one in same if self.absent or one not in met]
        one = self.rng.choice(same) if same and self.rng.random() < 0.5 else (player, len(self.sets) + 1)
        self.sets[one] = count
        actions = " ".join(f'"a{k}"' for k in range(count))
        self.lines.append(f'p "" {one[0]} {one[1]} "" {{ {actions} }} 0')
        return ("p", one, [self._node(depth - 1, {**met, one: 1}) for _ in range(count)])

    def paid(self, plan, node=None):
        """Return what the players expect if each information set does what the plan says."""
        kind, *rest = node or self.tree
        if kind == "t":
            return tuple(map(Fraction, rest[0]))
        if kind == "p":
            return self.paid(plan, rest[1][plan[rest[0]]])
        return tuple(sum(p * self.paid(plan, below)[k] for p, below in rest[0]) for k in (0, 1))

    def plans(self):
        for chosen in product(*(range(size) for size in self.sets.values())):
            yield dict(zip(self.sets, chosen, strict=True))

    def pure_equilibria(self):
        """Return the payoffs of all pure equilibria."""
        plans = list(self.plans())
        paid = [self.paid(plan) for plan in plans]
        found = set()
        for plan, own in zip(plans, paid, strict=True):
            gains = (
                other[player - 1] > own[player - 1]
                for instead, other in zip(plans, paid, strict=True)
                for player in (1, 2)
                if all(instead[one] == plan[one] for one in plan if one[0] != player)
            )
            if not any(gains):
                found.add(own)
        return found


@pytest.mark.parametrize("absent", [False, True])
def test_random_trees_have_the_payoffs_and_equilibria_of_the_tree(absent, tmp_path):
    rng, tried = Random(7 + absent), 0
    while tried < 60:
        tree = RandomTree(rng, absent=absent)
        if not tree.sets or prod(tree.sets.values()) > 250:
            continue
        tried += 1
        model = interop.read_efg(written(tmp_path, "a.efg", "\n".join(tree.lines)))
        form = strategic_form(model)
        own = {tuple(at) for at in zip(*(payoff.ravel().tolist() for payoff in form.payoffs), strict=True)}
        players = [len(agent) - 1 for agent in form.agents]  # I and II
        assert own == {tuple(tree.paid(plan)[k] for k in players) for plan in tree.plans()}
        found = {tuple(one.values.get(p, 0) for p in ("I", "II")) for one in cm.equilibria(model, limit=10_000)}
        assert found == tree.pure_equilibria()


def test_random_trees_come_back(tmp_path):
    rng = Random(9)
    for _ in range(40):
        tree = RandomTree(rng)
        if not tree.sets or prod(tree.sets.values()) > 250:
            continue
        model = interop.read_efg(written(tmp_path, "a.efg", "\n".join(tree.lines)))
        if model.tied:
            continue
        interop.write_efg(model, tmp_path / "b.efg")
        again = interop.read_efg(tmp_path / "b.efg")
        assert own_values(cm.equilibria(again, limit=10_000)) == own_values(cm.equilibria(model, limit=10_000))


NFG = """NFG 1 R "a title" {{ "Row" "Column" }}
{sizes}
"a comment"
{payoffs}"""
OUTCOMES = '{ { "first" 1, 2 } { "second" 3 1/3 } } 1 0 2 1'


@pytest.mark.parametrize("sizes", ["{ 2 2 }", '{ { "t" "b" } { "l" "r" } }'])
@pytest.mark.parametrize("payoffs", ["1 2 0 0 3 1/3 1 2", OUTCOMES])
def test_strategic_forms_in_all_dialects(sizes, payoffs, tmp_path):
    model = interop.read_nfg(written(tmp_path, "a.nfg", NFG.format(sizes=sizes, payoffs=payoffs)))
    assert model.exact
    assert model.table("U_Row").values.tolist() == [[1, 3], [0, 1]]
    assert str(model.table("U_Column").values[0, 1]) == "1/3"


TREE = """EFG 2 R "t" {{ "I" "II" }}
"a comment"
c "" 1 "deal" {{ "low" 1/4 "high" 3/4 }} 0
p "" 1 1 "I sees" {{ "up" "down" }} 7 "bonus" {{ 10, 0 }}
t "" 1 "" {{ 1 0 }}
t "" 2 "" {{ 0 1 }}
p "" 1 {number} {label} 0
t "" 3 "" {{ 2 0 }}
t "" 1
"""


def test_outcomes_inside_a_tree_add_up_and_information_is_kept(tmp_path):
    sees = interop.read_efg(written(tmp_path, "a.efg", TREE.format(number=2, label='"" { "up" "down" }')))
    assert sees.cid.parents("I") == ("deal",)
    assert sees.table("U_I").values.tolist() == [[11, 10], [2, 1]]
    blind = interop.read_efg(written(tmp_path, "b.efg", TREE.format(number=1, label='"I sees"')))
    assert blind.cid.parents("I sees") == ()
    assert cm.expected_utility(blind, {"I sees": "'up'"}, agent="I") == Fraction(11, 4) + Fraction(6, 4)


def test_a_player_who_knows_less_than_any_level_tells(tmp_path):
    text = """EFG 2 R "t" { "I" }
    c "" 1 "X" { "1" 1/3 "2" 1/3 "3" 1/3 } 0
    """
    moves = []
    for number, label in ((1, "odd"), (2, "even"), (1, "odd")):
        moves += [f'p "" 1 {number} "{label}" {{ "a" "b" }} 0', 't "" 1 "" { 1 }', 't "" 2 "" { 0 }']
    model = interop.read_efg(written(tmp_path, "a.efg", text + "\n".join(moves)))
    assert model.cid.parents("I") == ("I_sees",)
    assert model.domain("I_sees") == ("odd", "even")
    assert cm.query(model, "I_sees")["odd"].as_integer_ratio() == (2, 3)


BROKEN = {
    "start.nfg": ("EFG 2 R", "this is no NFG file"),
    "short.nfg": (NFG.format(sizes="{ 2 2 }", payoffs="1 2 3"), r"short\.nfg:4: the file ends where a payoff"),
    "sizes.nfg": (NFG.format(sizes="{ 2 x }", payoffs=""), r":2: a number of strategies is needed, not 'x'"),
    "number.nfg": (NFG.format(sizes="{ 1 1 }", payoffs="1 1/0"), "a number is needed, not '1/0'"),
    "outcome.nfg": (NFG.format(sizes="{ 1 1 }", payoffs='{ { "a" 1 2 } } 2'), "there is no outcome '2'; there are 1"),
    "start.efg": ("NFG 1 R", "this is no EFG file"),
    "cut.efg": (TREE.format(number=2, label='"" { "up" "down" }')[:-8], "the file ends where|a node starts with"),
    "behind.efg": (TREE.format(number=2, label='"" { "up" "down" }') + 't "" 1', "text behind the last node"),
    "actions.efg": (TREE.format(number=2, label=""), "information set 2 has no actions"),
    "chances.efg": (
        'EFG 2 R "t" { "a" }\n""\nc "" 1 "x" { "0" 1 "1" } 0\nt "" 1 "" { 1 }\nt "" 2 "" { 0 }\n',
        ":3: a move of chance needs a probability for each",
    ),
    "player.efg": (TREE.format(number=2, label='"" { "up" "down" }').replace('p "" 1 1', 'p "" 5 1'), "no player 5"),
    "paid.efg": (
        TREE.format(number=2, label='"" { "up" "down" }').replace("{ 2 0 }", "{ 2 }"),
        "needs a payoff for each",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_say_what_is_wrong_and_where(name, tmp_path):
    text, message = BROKEN[name]
    reader = interop.read_nfg if name.endswith("nfg") else interop.read_efg
    with pytest.raises(FormatError, match=message):
        reader(written(tmp_path, name, text))


def test_trees_of_any_shape(tmp_path):
    wide = TREE.format(number=2, label='"" { "up" "down" "out" }') + 't "" 1\n'
    one = interop.read_efg(written(tmp_path, "a.efg", wide))
    assert one.domain("I") == ("up", "down", "out")
    assert one.options("I", deal="low") == ("up", "down")
    other = TREE.format(number=1, label='"" { "up" "down" }').replace('p "" 1 1 ""', 'p "" 2 1 ""')
    two = interop.read_efg(written(tmp_path, "b.efg", other))
    assert (two.cid.agent("II"), two.options("II", deal="low"), two.options("II", deal="high")) == (
        "II",
        ("-",),
        ("up", "down"),
    )
    early = 'EFG 2 R "" { "I" }\np "" 1 1 "" { "in" "out" } 0\np "" 1 2 "" { "a" } 0\nt "" 1 "" { 1 }\nt "" 2 "" { 0 }'
    short = interop.read_efg(written(tmp_path, "c.efg", early))
    assert str(cm.solve(short).policy["I2"]) == "a if I1 = in; - if I1 = out"


def test_an_information_set_that_is_met_twice_has_one_rule(tmp_path):
    driver = """EFG 2 R "" { "I" }
    p "" 1 1 "" { "exit" "on" } 0
    t "" 1 "" { 0 }
    p "" 1 1 0
    t "" 2 "" { 4 }
    t "" 3 "" { 1 }"""
    model = interop.read_efg(written(tmp_path, "d.efg", driver))
    assert model.tied == (model.cid.decisions,)
    assert cm.solve(model).value == Fraction(4, 3)


def test_information_sets_that_are_met_before_and_after_each_other(tmp_path):
    crossed = """EFG 2 R "" { "I" "II" }
    c "" 1 "" { "l" 1/2 "r" 1/2 } 0
    p "" 1 1 "" { "a" "b" } 0
    p "" 2 1 "" { "x" "y" } 0
    t "" 1 "" { 1 0 }
    t "" 2 "" { 0 1 }
    t "" 3 "" { 0 0 }
    p "" 2 1 0
    p "" 1 1 0
    t "" 4 "" { 2 0 }
    t "" 5 "" { 1 3 }
    t "" 6 "" { 0 0 }"""
    model = interop.read_efg(written(tmp_path, "e.efg", crossed))
    assert len(model.tied) == 1
    assert own_values(cm.equilibria(model)) == {(("I", "0"), ("II", "1/2"))}


def test_large_games_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(games, "MAX_NODES", 3)
    monkeypatch.setattr(game_tree, "MAX_NODES", 3)
    with pytest.raises(TooLarge, match="4 profiles; at most 3"):
        interop.read_nfg(written(tmp_path, "a.nfg", NFG.format(sizes="{ 2 2 }", payoffs=OUTCOMES)))
    with pytest.raises(TooLarge, match="more than 3 nodes"):
        interop.read_efg(written(tmp_path, "a.efg", TREE.format(number=2, label='"" { "up" "down" }')))
