"""Gambit's files read: what we wrote, pygambit's catalogue with equal equilibria, what is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

import cidmesa as cm
from cidmesa import interop
from cidmesa.errors import FormatError, NotApplicable, TooLarge
from cidmesa.interop import games
from tests.random_models import random_model


def written(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def test_values_of_random_models_come_back(tmp_path):
    rng = Random(5)
    trees = 0
    for _ in range(40):
        model = random_model(rng, max_nodes=5, max_decisions=2, recall=True)
        wanted = cm.solve(model).value
        interop.write_nfg(model, tmp_path / "a.nfg")
        assert cm.solve(interop.read_nfg(tmp_path / "a.nfg")).value == wanted
        interop.write_efg(model, tmp_path / "a.efg")
        try:
            tree = interop.read_efg(tmp_path / "a.efg")
        except NotApplicable:  # a chance node that is certain somewhere makes no move there
            continue
        trees += 1
        assert tree.exact
        assert cm.solve(tree).value == wanted
    assert trees > 15


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


def test_the_catalogue_of_pygambit_has_equal_pure_equilibria():
    pygambit = pytest.importorskip("pygambit", reason="pygambit is not installed (extra games)")
    files = sorted((Path(pygambit.__file__).parent / "catalog_data").rglob("*.[en]fg"))
    if not files:
        pytest.skip("this pygambit brings no catalogue")
    read, refused = 0, 0
    for file in files:
        strategic = file.suffix == ".nfg"
        try:
            model = interop.read_nfg(file) if strategic else interop.read_efg(file)
        except NotApplicable:
            refused += 1
            continue
        read += 1
        game = pygambit.read_nfg(str(file)) if strategic else pygambit.read_efg(str(file))
        try:
            found = pygambit.nash.enumpure_solve(game).equilibria
        except RuntimeError:  # imperfect recall, which pygambit does not solve
            continue
        wanted = sorted(tuple(str(payoff(one, player)) for player in game.players) for one in found)
        own = sorted(tuple(map(str, one.values.values())) for one in cm.equilibria(model, limit=10_000))
        assert own == wanted, file.name
    assert read >= 17
    assert read + refused == len(files)


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


def test_games_that_a_diagram_cannot_hold_are_refused_with_the_reason(tmp_path):
    wide = TREE.format(number=2, label='"" { "up" "down" "out" }') + 't "" 1\n'
    with pytest.raises(NotApplicable, match=r"a\.efg:7: the actions here are others than after other histories"):
        interop.read_efg(written(tmp_path, "a.efg", wide))
    other = TREE.format(number=1, label='"" { "up" "down" }').replace('p "" 1 1 ""', 'p "" 2 1 ""')
    with pytest.raises(NotApplicable, match="another player moves here"):
        interop.read_efg(written(tmp_path, "b.efg", other))
    early = 'EFG 2 R "" { "I" }\np "" 1 1 "" { "in" "out" } 0\np "" 1 2 "" { "a" } 0\nt "" 1 "" { 1 }\nt "" 2 "" { 0 }'
    with pytest.raises(NotApplicable, match=r"c\.efg:5: the game ends here, but goes on"):
        interop.read_efg(written(tmp_path, "c.efg", early))
    driver = 'EFG 2 R "" { "I" }\np "" 1 1 "" { "a" } 0\np "" 1 1 0\nt "" 1 "" { 1 }'
    with pytest.raises(NotApplicable, match="information set 1 is met a second time"):
        interop.read_efg(written(tmp_path, "d.efg", driver))


def test_large_games_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(games, "MAX_NODES", 3)
    with pytest.raises(TooLarge, match="4 profiles; at most 3"):
        interop.read_nfg(written(tmp_path, "a.nfg", NFG.format(sizes="{ 2 2 }", payoffs=OUTCOMES)))
    with pytest.raises(TooLarge, match="more than 3 nodes"):
        interop.read_efg(written(tmp_path, "a.efg", TREE.format(number=2, label='"" { "up" "down" }')))
