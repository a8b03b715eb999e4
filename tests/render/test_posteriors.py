"""Values in the nodes: equal to enumeration, in every format, and honest about what is not known."""

import itertools
import re
from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from cidmesa.errors import ModelError, NotApplicable
from cidmesa.render.drawable import subject_of
from cidmesa.render.paint import paint
from cidmesa.render.posteriors import bars_of, number
from tests.random_models import random_model
from tests.render import figures
from tests.render.test_picture import check
from tests.render.test_pixels import flaws

SHORT = cm.cid("S -> D; S, D -> U; S -> T", decisions=["D"], utilities=["U"])
MODEL = cm.model(
    SHORT,
    S={"low": "1/3", "high": "2/3"},
    T=cm.uniform(range(9)),
    D=["stay", "go"],
    U="(S == 'high') * 3 if D == 'go' else -2",
)


def shares(model, rules, forced, known):
    """Each world that agrees with what is known, with its probability: by the definition, node after node."""
    names = [name for name in model.cid.nodes if model.cid.kind(name) != "utility"]
    for states in itertools.product(*(model.domain(name) for name in names)):
        world = dict(zip(names, states, strict=True))
        if any(world[name] != value for name, value in (*known.items(), *forced.items())):
            continue
        chance = Fraction(1)
        for name in names:
            if name in forced:
                continue
            if name in rules:
                chance *= world[name] == rules[name]
                continue
            table = model.table(name)
            place = tuple(model.state(other, world[other]) for other in table.variables)
            chance *= table.values[place]
        if chance:
            yield world, chance


def mean(model, utilities, worlds):
    total = sum(chance for _, chance in worlds)
    if not total:
        return None
    found = Fraction(0)
    for world, chance in worlds:
        for utility in utilities:
            table = model.table(utility)
            found += chance * table.values[tuple(model.state(other, world[other]) for other in table.variables)]
    return found / total


@pytest.mark.parametrize("seed", range(40))
def test_rows_are_what_enumeration_finds(seed):
    dice = Random(f"posteriors {seed}")
    model = random_model(dice, max_nodes=5)
    rules = {name: dice.choice(model.domain(name)) for name in model.cid.decisions}
    free = list(model.cid.chance_nodes)
    forced = {name: dice.choice(model.domain(name)) for name in dice.sample(free, min(len(free), dice.randint(0, 1)))}
    known = {name: dice.choice(model.domain(name)) for name in dice.sample(free, min(len(free), dice.randint(0, 1)))}
    known = {name: value for name, value in known.items() if name not in forced}
    options = {"show": "posteriors", "policy": rules, "intervention": forced, "evidence": known}
    worlds = list(shares(model, rules, forced, known))
    if not worlds:
        with pytest.raises(ModelError, match="has probability 0"):
            bars_of(subject_of(model), options)
        return
    total = sum(chance for _, chance in worlds)
    for name, rows in bars_of(subject_of(model), options).items():
        values = {bar.name: bar.value for bar in rows}
        if name in forced or name in known:
            assert values == {str({**forced, **known}[name]): "1"}
        elif model.cid.kind(name) == "utility":
            assert values == {"mean": number(mean(model, [name], worlds))}
        elif model.cid.kind(name) == "chance":
            for state in model.domain(name):
                chance = sum((c for world, c in worlds if world[name] == state), Fraction(0)) / total
                assert values[str(state)] == number(chance)
        else:
            for option in model.domain(name):
                taken = list(shares(model, rules, {**forced, name: option}, known))
                worth = mean(model, model.cid.utilities_of("agent"), taken)
                assert values[str(option)] == ("?" if worth is None else number(worth))


def test_bars_start_at_nought_and_options_never_taken_are_pale():
    rows = bars_of(subject_of(MODEL), {"show": "posteriors", "policy": {"D": "go"}})
    stay, go = rows["D"]
    assert (stay.value, go.value) == ("-2", "2")
    assert (stay.start, stay.end, go.start, go.end) == (0.5, 0.0, 0.5, 1.0)
    assert (stay.pale, go.pale) == (True, False)
    assert [(bar.name, bar.value) for bar in rows["T"]][-1] == ("4 others", "4/9")


def test_what_depends_on_an_open_decision_is_not_made_up():
    rows = bars_of(subject_of(MODEL), {"show": "posteriors"})
    assert [bar.words for bar in rows["U"]] == ["mean: ?"]
    assert [bar.words for bar in rows["D"]] == ["stay: -2", "go: 2"]
    later = cm.cid("D -> X -> E -> U; X -> U", decisions=["D", "E"], utilities=["U"])
    model = cm.model(later, D=[0, 1], X="D", E=[0, 1], U="X == E")
    rows = bars_of(subject_of(model), {"show": "posteriors"})
    assert [bar.words for bar in rows["X"]] == ["?: needs a policy"]
    assert {bar.value for bar in (*rows["D"], *rows["E"])} == {"?"}


def test_numbers_are_needed_and_evidence_must_be_possible():
    with pytest.raises(NotApplicable, match="needs a model with numbers"):
        cm.svg(SHORT, show="posteriors")
    with pytest.raises(NotApplicable, match=r"no show 'posterior'\. Did you mean 'posteriors'\?"):
        cm.svg(MODEL, show="posterior")
    sure = MODEL.with_mechanism(S={"low": 1, "high": 0})
    with pytest.raises(ModelError, match="the evidence S = high has probability 0"):
        cm.svg(sure, show="posteriors", evidence={"S": "high"})


@pytest.mark.parametrize("options", [{}, {"compare_with": "before"}, {"compact": True, "direction": "TB"}])
def test_figures_with_values_are_whole(options):
    given = {"show": "posteriors", "evidence": {"S": "low"}, "policy": {"D": "stay"}, "incentives": "voi,ri"}
    picture = paint(MODEL, **given, **options)
    check_boxes(picture)
    assert list(flaws("values", picture)) == []


def check_boxes(picture):
    for panel in picture.panels:
        for mark in panel.nodes:
            for _, y, left, bars, right in mark.rows():
                assert mark.box.y - mark.box.height / 2 < y < mark.box.bottom
                assert mark.box.x - mark.box.width / 2 < left <= right < mark.box.x + mark.box.width / 2
                assert mark.bars[0].start is None or left < bars < right
    check(picture)


def test_before_and_after():
    picture = paint(MODEL, show="posteriors", evidence={"S": "low"}, compare_with="before")
    assert [panel.title for panel in picture.panels] == ["before", "after"]
    before, after = ({mark.name: mark for mark in panel.nodes} for panel in picture.panels)
    assert [bar.words for bar in before["S"].bars] == ["low: 1/3", "high: 2/3"]
    assert [bar.words for bar in after["S"].bars] == ["low: 1"]
    assert (before["S"].note, after["S"].note) == ("", "= low")
    assert {mark.status for mark in (*before.values(), *after.values())} == {""}


def test_values_stand_in_every_format():
    given = {"show": "posteriors", "policy": {"D": "go"}}
    figure = cm.svg(MODEL, **given)
    assert figure.count('height="8"') == 2 + 2 + 6
    assert ">2/3</text>" in figure
    assert "high: 2/3" in figure  # for readers who point at it
    tikz = cm.tikz(MODEL, **given)
    assert len(re.findall(r"\[cid bar\]|\[cid pale bar\]", tikz)) == 10
    assert "cid pale/.style" not in tikz
    assert "high: 2/3" in cm.dot(MODEL, **given)
    assert "high: 2/3" in cm.mermaid(MODEL, **given)
    assert "      high: 2/3" in cm.text(MODEL, **given).splitlines()
    mesa = cm.load("hubinger2019/two-corners").of("deceptive")
    assert "mean: " in cm.text(mesa, show="posteriors", policy=cm.solve(mesa.model).policy, compare_with="base")


def test_a_diagram_with_values_keeps_its_other_marks():
    picture = paint(
        cm.load("everitt2021/grade-prediction"), show="posteriors", incentives="ri", intervention={"E": 0}, legend=False
    )
    marks = {mark.name: mark for mark in picture.panels[0].nodes}
    assert marks["E"].forced
    assert marks["R"].rings
    assert marks["R"].box.shape == "rounded"
    assert picture.smallest_text < paint(figures.war_game()).smallest_text
