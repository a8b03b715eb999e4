"""Files of other tools: round trips, files as the tools write them, and broken or hostile files."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given

import cidmesa as cm
from cidmesa import formats, interop
from cidmesa.errors import FormatError, NotApplicable, TooLarge
from cidmesa.formats import Format
from cidmesa.interop.part import RoundedProbabilities
from cidmesa.interop.xdsl import xdsl_parts
from cidmesa.library.convert import convert, known_formats, read
from tests.interop import samples, test_pgmx
from tests.random_models import random_model
from tests.strategies import games

TWO_WAY = {
    "xdsl": (interop.write_xdsl, interop.read_xdsl),
    "net": (interop.write_net, interop.read_net),
    "bifxml": (interop.write_xmlbif, interop.read_xmlbif),
    "json": (interop.write_json, interop.read_json),
    "pgmx": (interop.write_pgmx, interop.read_pgmx),
}
READERS = {ending: reader for ending, (_, reader) in TWO_WAY.items()}
READERS |= {"bif": interop.read_bif, "jgum": interop.read_jgum}
SAMPLES = {
    "pgmx": test_pgmx.PGMX.format(**test_pgmx.NEW),
    "xdsl": samples.XDSL,
    "net": samples.NET,
    "jgum": samples.JGUM,
    "bifxml": samples.XMLBIF,
    "bif": samples.BIF,
}
NAMES = {"N0": "Theta 1", "N1": "Θ@mesa", "N2": 'say "hi" \\', "U0": "<U&>"}


def _models(count: int):
    """Yield random models, some with strange names, thirds as probabilities, or floats."""
    rng = Random(11)
    for number in range(count):
        model = random_model(rng, recall=number % 2 == 0)
        yield number, _varied(model, number % 4)


def _varied(model: cm.Model, variety: int) -> cm.Model:
    chances = [n for n in model.cid.chance_nodes if model.domain(n) == (0, 1)]
    if variety == 1 and chances:
        thirds = cm.table([*([["*"] * len(model.cid.parents(chances[0])) + [{0: "1/3", 1: "2/3"}]])],
                          model.cid.parents(chances[0]))  # fmt: skip
        return model.with_mechanism({chances[0]: thirds})
    if variety == 2 and chances:
        uneven = cm.table([["*"] * len(model.cid.parents(chances[0])) + [{0: 0.1, 1: 0.9}]],
                          model.cid.parents(chances[0]))  # fmt: skip
        return model.with_mechanism({chances[0]: uneven})
    return model


def _renamed(model: cm.Model) -> cm.Model:
    """Return the model with strange names, by way of our own JSON."""
    from dataclasses import replace

    from cidmesa.interop.part import assembled, parts_of

    parts = parts_of(model)
    new = [replace(p, name=NAMES.get(p.name, p.name), parents=tuple(NAMES.get(q, q) for q in p.parents)) for p in parts]
    return assembled(new, "renamed")


def same(found: cm.Model, wanted: cm.Model) -> bool:
    """Return whether two models have the same nodes, links, agents and domains, and numbers to 1e-12."""
    if found.cid != wanted.cid or dict(found.domains) != dict(wanted.domains):
        return False
    return all(_close(found.table(node), wanted.table(node)) for node in wanted.tables)


def _close(found, wanted) -> bool:
    order = [found.variables.index(name) for name in wanted.variables]
    return bool(abs(found.as_float().values.transpose(order) - wanted.as_float().values).max(initial=0) <= 1e-12)


COUNTS = [30, pytest.param(300, marks=pytest.mark.nightly)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("ending", TWO_WAY)
def test_random_models_come_back_equal(ending, count, tmp_path):
    write, reader = TWO_WAY[ending]
    for number, model in _models(count):
        path = tmp_path / f"model.{ending}"
        write(model, path)
        found = reader(path)
        assert same(found, model), f"model {number}"
        assert number % 4 != 3 or found == model  # quarters are written exactly


@pytest.mark.parametrize("ending", TWO_WAY)
def test_strange_names_come_back(ending, tmp_path):
    write, reader = TWO_WAY[ending]
    for _, model in _models(20):
        strange = _renamed(model)
        write(strange, tmp_path / f"model.{ending}")
        assert same(reader(tmp_path / f"model.{ending}"), strange)


@pytest.mark.parametrize("ending", TWO_WAY)
def test_states_of_all_types_come_back(ending, tmp_path):
    write, reader = TWO_WAY[ending]
    g = cm.cid("X -> D -> U", decisions={"mesa": ["D"]}, utilities={"mesa": ["U"]})
    states = ["a b", "a_b", 1, "1", Fraction(1, 2), "1/2", -1, 'q"|}', ""]
    model = cm.model(g, X=cm.uniform(states[:8]), D=states, U="1")
    write(model, tmp_path / f"m.{ending}")
    assert same(reader(tmp_path / f"m.{ending}"), model)


def test_what_jgum_can_hold_comes_back_and_the_rest_is_refused(tmp_path):
    for number, model in _models(100):
        interop.write_jgum(model, tmp_path / "m.jgum")
        assert same(interop.read_jgum(tmp_path / "m.jgum"), model), f"model {number}"
    g = cm.cid("X -> D", decisions=["D"])
    interop.write_jgum(cm.model(g, X=cm.uniform([-1, 0, 5]), D=["a", "b c"]), tmp_path / "m.jgum")
    assert interop.read_jgum(tmp_path / "m.jgum").domains == {"X": (-1, 0, 5), "D": ("a", "b c")}
    for states in (["1", "2"], ["a|b", "c"], ["}", "a"], ["1/2", Fraction(1, 2)]):
        with pytest.raises(NotApplicable, match=r"JGUM cannot say what .*D.* are called|states of 'D' look alike"):
            interop.write_jgum(cm.model(g, X=1, D=states), tmp_path / "n.jgum")
    assert [file.name for file in tmp_path.iterdir()] == ["m.jgum"]


def test_300_random_networks_come_back_equal_through_bif(tmp_path):
    for number, model in _models(300):
        fixed = model.with_policy(dict.fromkeys(model.cid.decisions, 0)).revised(without=model.cid.utilities)
        interop.write_bif(fixed, tmp_path / "m.bif")
        assert same(interop.read_bif(tmp_path / "m.bif"), fixed), f"model {number}"


# --- files of the tools -------------------------------------------------------------------------------------------


def test_a_genie_file(tmp_path):
    (tmp_path / "a.xdsl").write_text(samples.XDSL)
    model = interop.read_xdsl(tmp_path / "a.xdsl")
    assert model.exact
    assert model.cid.parents("Gain") == ("Invest", "Success")
    assert cm.query(model, "Paid", policy={"Invest": "'Do'"})["Some"] == 1
    # weights 2 and 100 of the sum: Do at Good: 2 * (0.08 * 10000 - 0.08 * 5000) / 0.16 - 100 = 4900 against 1000
    solution = cm.solve(model)
    assert solution.value == Fraction(16, 100) * 4900 + Fraction(84, 100) * 1000
    success, forecast, *_ = xdsl_parts(samples.XDSL, "a.xdsl")
    assert (success.label, success.position, forecast.position) == ("Success of the venture", (60, 40), (260, 40))


def test_a_hugin_file(tmp_path):
    (tmp_path / "a.net").write_text(samples.NET)
    model = interop.read_net(tmp_path / "a.net")
    assert model.domain("Depth") == (-1, Fraction(1, 2))
    assert model.cid.parents("Drill") == ("Depth",)
    assert cm.expected_utility(model, {"Drill": "'yes'"}) == -35 + 15 + 40


def test_an_old_bif_file(tmp_path):
    (tmp_path / "a.bif").write_text(samples.BIF)
    model = interop.read_bif(tmp_path / "a.bif")
    assert cm.query(model, "light-on", given={"bowel": "false"})["true"] == Fraction(5, 100)
    assert cm.query(model, "dog", given={"bowel": "false", "light-on": "true"})["true"] == Fraction(9, 10)
    assert cm.query(model, "dog", given={"bowel": "false", "light-on": "false"})["true"] == Fraction(3, 10)


def test_an_xmlbif_file_and_a_jgum_file(tmp_path):
    (tmp_path / "a.xml").write_text(samples.XMLBIF)
    assert cm.query(interop.read_xmlbif(tmp_path / "a.xml"), "b", given={"a": "y"})["x"] == Fraction(2, 5)
    (tmp_path / "a.jgum").write_text(samples.JGUM)
    model = interop.read_jgum(tmp_path / "a.jgum")
    assert cm.query(model, "S", given={"T": 1})["a"] == Fraction(1, 2)
    assert cm.expected_utility(model, {"D": "'y'"}, given={"S": "b"}) == 4  # the first of its parents varies fastest


def test_dot_and_dagitty():
    g = cm.cid("S -> D; S, D -> U; T -> U", decisions={"a b": ["D"]}, utilities={"a b": ["U"]})
    assert interop.from_dagitty(interop.to_dagitty(g, {"S": (0, 1)})) == g
    assert interop.from_dot(cm.dot(g)) == g
    text = 'strict digraph "G" { rankdir=LR; node [shape=box]; subgraph cluster_0 { a -> {b; c:port} } c -> d [w=1] }'
    assert interop.from_dot(text).edges == (("a", "b"), ("a", "c"), ("c", "d"))
    assert interop.from_dot(text).decisions == ("a", "b", "c", "d")
    with pytest.raises(FormatError, match="no direction or two"):
        interop.from_dagitty("dag { a <-> b }")
    with pytest.raises(FormatError, match="there is no node 'x'"):
        interop.from_dagitty("dag { a -> b }", decisions=["x"])
    with pytest.raises(FormatError, match="undirected"):
        interop.from_dot("graph { a -- b }")


HARD = [
    'a"b',
    "c\\d",
    "x->y",
    "{a}",
    "é",
    "日本",
    "digraph",
    "node",
    "edge",
    "a<b",
    "c&d",
    "-1",
    "1.5",
    "a;b",
    "a=b",
    "[",
    "#",
]


def test_dot_reads_back_every_diagram_of_the_library():
    parts = [part for scenario in cm.scenarios() for part in (scenario, *scenario.variants)]
    assert [part.slug for part in parts if interop.from_dot(cm.dot(part)) != part.cid] == []
    assert any(len(part.cid.agents) > 1 for part in parts)


@given(games())
def test_dot_reads_back_random_diagrams_of_several_agents(g):
    assert interop.from_dot(cm.dot(g)) == g


@pytest.mark.parametrize("slug", ["greenblatt2024/alignment-faking", "hammond2021/taxi-competition", "xu2026/flattery"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what pydot is made of
def test_another_reader_of_dot_finds_the_same_nodes_and_links(slug):
    pydot = pytest.importorskip("pydot")
    cid = cm.load(slug).cid
    (graph,) = pydot.graph_from_dot_data(cm.dot(cid))
    names = {node.get_name().strip('"') for node in graph.get_nodes()} - {"node"}
    links = {(edge.get_source().strip('"'), edge.get_destination().strip('"')) for edge in graph.get_edges()}
    assert (names, links) == (set(cid.nodes), set(cid.edges))


@pytest.mark.parametrize("name", HARD)
def test_dot_reads_back_hard_names(name):
    for options in ({}, {"incentives": "ici,ri"}, {"direction": "TB"}):
        g = cm.cid([(name, "D"), ("D", "U")], decisions={name * 2: ["D"]}, utilities={name * 2: ["U"]})
        assert interop.from_dot(cm.dot(g, **options)) == g


def test_names_of_states_in_real_networks(tmp_path):
    text = (
        "variable Age { type discrete [ 3 ] { <5, 5-12, >=12 }; }\nprobability ( Age ) { table 0.2, 0.3, 0.500000001; }"
    )
    (tmp_path / "a.bif").write_text(text)
    model = interop.read_bif(tmp_path / "a.bif")  # nine digits: scaled without a word
    assert model.domain("Age") == ("<5", "5-12", ">=12")
    (tmp_path / "a.net").write_text('node asia{states=("yes" "no");}\npotential (asia |){ data = (0.01 0.99);}')
    assert interop.read_net(tmp_path / "a.net").exact
    assert interop.from_dot("digraph{a->b;b->c_1 [weight=-0.5]}").edges == (("a", "b"), ("b", "c_1"))


# --- broken and hostile files -------------------------------------------------------------------------------------


def _is_whole(text: str, ending: str) -> bool:
    """Return whether nothing is missing: a BIF text may end behind any block once all variables have theirs."""
    return ending == "bif" and text.rstrip().endswith("}") and text.count("probability") == 3


@pytest.mark.parametrize("ending", SAMPLES)
def test_files_that_are_cut_off_give_a_clear_error(ending, tmp_path):
    text = SAMPLES[ending]
    path = tmp_path / f"cut.{ending}"
    for end in range(0, len(text.rstrip()) - 1, 7):
        path.write_text(text[:end])
        if _is_whole(text[:end], ending):
            READERS[ending](path)
        else:
            with pytest.raises(FormatError, match=re.escape(str(path))):
                READERS[ending](path)


@pytest.mark.parametrize("ending", SAMPLES)
def test_files_with_damaged_bytes_are_read_or_refused(ending, tmp_path):
    rng = Random(3)
    path = tmp_path / f"damaged.{ending}"
    for _ in range(150):
        text = list(SAMPLES[ending])
        for _ in range(rng.randint(1, 4)):
            text[rng.randrange(len(text))] = rng.choice('(){}<>"\\;,|= 019-.eXß\n')
        path.write_text("".join(text), encoding="utf-8")
        try:
            READERS[ending](path)
        except (FormatError, TooLarge):
            continue
        except RoundedProbabilities:  # warnings are errors here
            continue


BOMB = """<?xml version="1.0"?><!DOCTYPE smile [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
<smile><nodes><cpt id="X"><state id="&b;"/><probabilities>1</probabilities></cpt></nodes></smile>"""
BROKEN = {
    "entities.xdsl": (BOMB, r":1: the file declares the XML entity 'a'"),
    "deep.xdsl": ("<smile>" + "<nodes>" * 80, "nested deeper than 60"),
    "equation.xdsl": ('<smile><nodes><equation id="X"/></nodes></smile>', r":1: node 'X' is of type <equation>"),
    "noisy.xdsl": ('<smile><nodes><noisymax id="X"/></nodes></smile>', r":1: node 'X' has no states"),
    "noid.xdsl": ("<smile><nodes><cpt/></nodes></smile>", "<cpt> has no id"),
    "sizes.xdsl": (samples.XDSL.replace("0.4 0.6 0.1 0.9", "0.4 0.6"), r"needs 4 numbers \(2 settings .* but 2 are"),
    "sums.xdsl": (samples.XDSL.replace("0.4 0.6", "0.4 0.5"), "sum to 0.9, not 1"),
    "negative.xdsl": (samples.XDSL.replace("0.4 0.6", "-0.4 1.4"), "negative probability"),
    "parent.xdsl": (samples.XDSL.replace("<parents>Success<", "<parents>Sucess<"), "Did you mean 'Success'"),
    "number.xdsl": (samples.XDSL.replace("0.4 0.6", "0.4 1e99999"), "a number is needed, not '1e99999'"),
    "cycle.net": (samples.NET.replace("(Oil)", "(Oil | Depth)").replace("(0.5 0.3 0.2)", "(1 0 0 1 0 0)"), "cycle"),
    "continuous.net": ("continuous node X { }", ":1: the file has continuous node"),
    "twice.net": ('node X { states = ("a"); } node X { states = ("a"); }', "declared twice"),
    "brackets.net": ('node X { states = ("a"; }', "brackets do not match"),
    "quote.net": ('node X { states = ("a', "quoted text that does not end"),
    "expression.net": ('node X { states = ("a"); } potential (X) { model_data = (Normal (0, 1)); }', "expressions"),
    "states.bif": ("variable X { type discrete [3] { a, b }; }", "should have 3 states, but 2"),
    "rows.bif": (samples.BIF.replace("(true, true) 0.99, 0.01;", "(true, maybe) 0.99, 0.01;"), "no setting of its"),
    "unknown.bif": ("probability (X) { table 1; }", "'X' is not declared"),
    "nan.jgum": (samples.JGUM.replace("0.75", "NaN"), "pyAgrum cannot read this file"),
    "deep.jgum": ("[" * 100_000, "pyAgrum cannot read this file"),
    "deep.json": ("[" * 100_000, "nested too deeply|no JSON"),
    "kind.json": ('{"cidmesa-model": 1, "nodes": [{"name": "X", "kind": "chnce"}]}', "its kind must be one of"),
    "zero.json": ('{"cidmesa-model": 1, "nodes": [{"name": "X", "kind": "chance", "numbers": ["1/0"]}]}', "not a num"),
    "note.xdsl": (samples.XDSL.replace("<probabilities>0.2", '<property id="cidmesa">{"states": [NaN, 1]}</property>'
                                       "<probabilities>0.2"), "note 'cidmesa' cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_say_what_is_wrong(name, tmp_path):
    text, message = BROKEN[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(FormatError, match=message):
        read(tmp_path / name)


def test_probabilities_with_few_digits_are_scaled_with_a_warning(tmp_path):
    (tmp_path / "a.net").write_text('node X { states = ("a" "b" "c"); } potential (X) { data = (0.333 0.333 0.333); }')
    with pytest.warns(RoundedProbabilities, match="1 distributions do not sum to 1 .* is off by 0.001"):
        model = interop.read_net(tmp_path / "a.net")
    assert not model.exact


def test_files_that_are_no_text(tmp_path):
    (tmp_path / "a.net").write_bytes(b"\0\1\2")
    with pytest.raises(FormatError, match="not a text file"):
        read(tmp_path / "a.net")
    with pytest.raises(FormatError, match="cannot be read: No such file"):
        read(tmp_path / "b.net")


def test_what_a_format_cannot_say_is_refused(tmp_path):
    game = cm.load("ward2023/war-game").model
    for ending in ("xdsl", "net", "jgum", "bifxml"):
        with pytest.raises(NotApplicable, match="knows one decision maker, but the model has S, T"):
            cm.save(game, tmp_path / f"a.{ending}")
    with pytest.raises(NotApplicable, match="chance nodes only"):
        interop.write_bif(game, tmp_path / "a.bif")
    assert list(tmp_path.iterdir()) == []


# --- convert ------------------------------------------------------------------------------------------------------


def test_convert_goes_round_through_all_formats(tmp_path):
    wanted = cm.load("everitt2021/grade-prediction").model
    source = "everitt2021/grade-prediction"
    for ending in (*TWO_WAY, "jgum", "cid.yaml"):
        convert(source, tmp_path / f"m.{ending}")
        source = str(tmp_path / f"m.{ending}")
    assert read(source) == wanted
    convert(source, tmp_path / "m.svg")
    convert(source, tmp_path / "m.dagitty")
    assert read(tmp_path / "m.dagitty") == wanted.cid


def test_convert_says_which_endings_there_are(tmp_path):
    with pytest.raises(FormatError, match=r"no format with the ending '\.nett' is written\. Did you mean '\.net'"):
        convert("ward2023/war-game", tmp_path / "m.nett")
    (tmp_path / "g.dagitty").write_text("dag { a -> b }")
    with pytest.raises(cm.ModelError, match=r"NET needs a model, .* CID\. Save as \.cid\.yaml first"):
        convert(tmp_path / "g.dagitty", tmp_path / "g.net")


def test_save_writes_models_and_scenarios_too(tmp_path):
    scenario = cm.load("hubinger2019/two-corners")
    cm.save(scenario, tmp_path / "own.cid.yaml")
    assert (tmp_path / "own.cid.yaml").read_text(encoding="utf-8") == Path(scenario.path).read_text(encoding="utf-8")
    cm.save(scenario, tmp_path / "own.json")
    assert read(tmp_path / "own.json") == scenario.model
    cm.save(scenario.of("deceptive"), tmp_path / "mesa.cid.yaml", title="Mesa")
    assert cm.load(tmp_path / "mesa.cid.yaml").title == "Mesa"
    assert read(tmp_path / "mesa.cid.yaml") == scenario.of("deceptive").model
    with pytest.raises(cm.ScenarioError, match=r"not a value of type TrainingProcess\. Save its \.model"):
        cm.save(scenario.training, tmp_path / "training.cid.yaml")
    with pytest.raises(cm.ScenarioError, match=r"is part of a file .* Save its \.model"):
        cm.save(scenario.variants[0], tmp_path / "variant.cid.yaml")
    with pytest.raises(NotApplicable, match=r"JSON has no option 'title'\. It has none"):
        cm.save(scenario.model, tmp_path / "m.json", title="no")


def test_the_page_lists_every_format():
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    marks = {True: "yes", False: ""}
    for form in known_formats():
        endings = ", ".join(f"`{ending}`" for ending in form.endings)
        row = f"| {endings} | {form.name} | {marks[bool(form.read)]} | {marks[bool(form.write)]} | {form.about} |"
        assert " ".join(row.split()) in " ".join(page.split()), row
    assert page.partition("## What was tried")[0].count("\n| `.") == len(known_formats())


def test_a_format_from_outside_is_one_registration(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_REGISTER", [*known_formats()])
    formats.register(
        Format("Names", (".names",), "model", read=_named, write=lambda model: "\n".join(model.cid.nodes), options=())
    )
    convert("everitt2021/grade-prediction", tmp_path / "a.names")
    convert(tmp_path / "a.names", tmp_path / "b.json")
    assert read(tmp_path / "b.json").cid.nodes == cm.load("everitt2021/grade-prediction").cid.nodes


def _named(path):
    return cm.model(cm.cid([], nodes=Path(path).read_text().split()), dict.fromkeys(Path(path).read_text().split(), 1))


@pytest.mark.parametrize("settings", [[("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]])
def test_rows_of_bif_are_read_alike_one_by_one_and_together(settings, tmp_path):
    """A comment before each row lets each be read by its tokens."""
    head = "variable A { type discrete [2] { a, b }; } variable B { type discrete [2] { x, y }; }"
    head += " variable C { type discrete [2] { 0, 1 }; }"
    head += " probability (A) { table 0.5, 0.5; } probability (B) { table 1, 0; } probability (C | A, B) {"
    styles = ("({}, {}) {}, {};", "\n( {} ,{} )\t{} {} ;", " ({},\n{}) {},{};", "({} {}) {}, {};")
    for style in styles:
        rows = [style.format(*at, f"0.{k + 1}5", f"{1 - (k + 1) / 10 - 0.05:.2f}") for k, at in enumerate(settings)]
        texts = [head + before + before.join(rows) + "}" for before in ("", "/* one */ ")]
        for text in texts:
            (tmp_path / f"{texts.index(text)}.bif").write_text(text)
        assert read(tmp_path / "0.bif") == read(tmp_path / "1.bif")
        assert read(tmp_path / "0.bif").exact
        for k, wrong in enumerate(("0.1.5, 1", "1e9999, 0", "0.5")):
            broken = [*rows[:2], "(b, x) " + wrong + ";", rows[3]]
            errors = []
            for before in ("", "/* one */ "):
                (tmp_path / "w.bif").write_text(head + before + before.join(broken) + "}")
                with pytest.raises(FormatError) as error:
                    read(tmp_path / "w.bif")
                errors.append(str(error.value))
            assert errors[0] == errors[1], k
