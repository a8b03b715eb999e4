"""Files of strangers: weights, words of several kinds, noisy nodes, slices, encodings, heads without a name."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from random import Random

import pytest

import cidmesa as cm
from cidmesa import interop
from cidmesa.errors import FormatError
from cidmesa.interop.part import RoundedProbabilities
from cidmesa.interop.tokens import GuessedEncoding
from cidmesa.library.convert import read


def written(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


# --- words --------------------------------------------------------------------------------------------------------


def test_words_end_at_a_comment(tmp_path):
    text = """variable X { type discrete[2] { lo,// "lo"
     hi/* "hi" */ }; } probability (X) { table 0.5 0.5; }"""
    assert interop.read_bif(written(tmp_path, "a.bif", text)).domain("X") == ("lo", "hi")
    text = "node A { states = (a//b\n c); } potential (A) { data = (1 0); }"
    assert interop.read_net(written(tmp_path, "a.net", text)).domain("A") == ("a", "c")


def test_states_of_several_words_where_the_count_says_so(tmp_path):
    text = """variable X { type discrete [2] { very low, high }; }
    variable Y { type discrete [3] { a b c }; }
    probability (X) { table 0.25, 0.75; }
    probability (Y | X) { (very low) 1 0 0; (high) 0 1 0; }"""
    model = interop.read_bif(written(tmp_path, "a.bif", text))
    assert model.domains == {"X": ("very low", "high"), "Y": ("a", "b", "c")}
    assert cm.query(model, "Y", given={"X": "very low"})["a"] == 1
    with pytest.raises(FormatError, match="should have 4 states, but 3 are listed"):
        interop.read_bif(written(tmp_path, "b.bif", "variable X { type discrete [4] { very low, high }; }"))


@pytest.mark.parametrize("name", ["a.bif", "a.net"])
def test_a_table_that_names_no_node(name, tmp_path):
    word = "probability" if name == "a.bif" else "potential"
    with pytest.raises(FormatError, match=rf"{name}:2: this table does not say of which node it is"):
        read(written(tmp_path, name, f"\n{word} ( ) {{ }}"))


def test_a_second_class_is_no_part_of_the_first(tmp_path):
    one = 'class A { node X { states = ("a"); } potential (X) { data = (1); } }'
    assert interop.read_net(written(tmp_path, "a.net", one)).cid.nodes == ("X",)
    with pytest.raises(FormatError, match=r"b\.net:2: the file has a second class"):
        interop.read_net(written(tmp_path, "b.net", f"{one}\n{one}"))


# --- weights ------------------------------------------------------------------------------------------------------

NET = """node A {{ states = ("a" "b"); }} node B {{ states = ("u" "v"); }}
potential (A) {{ data = ({a}); }} potential (B | A) {{ data = ({b}); }}"""


def test_weights_are_scaled_with_a_warning_that_names_node_and_row(tmp_path):
    path = written(tmp_path, "a.net", NET.format(a="1 1", b="(0.4 0.4) (10 90)"))
    with pytest.warns(RoundedProbabilities, match=r"3 distributions .* The worst, of 'B' at A = b, is off by 99"):
        model = interop.read_net(path)
    assert model.exact
    assert model.table("B").values.tolist() == [[Fraction(1, 2), Fraction(1, 2)], [Fraction(1, 10), Fraction(9, 10)]]
    xml = """<BIF VERSION="0.3"><NETWORK><VARIABLE TYPE="nature"><NAME>A</NAME><OUTCOME>x</OUTCOME><OUTCOME>y</OUTCOME>
    </VARIABLE><DEFINITION><FOR>A</FOR><TABLE>70 30</TABLE></DEFINITION></NETWORK></BIF>"""
    with pytest.warns(RoundedProbabilities, match="The worst, of 'A', is off by 99"):
        assert interop.read_xmlbif(written(tmp_path, "a.bifxml", xml)).table("A").values[0] == Fraction(7, 10)


def test_a_row_of_zeros_is_read_where_it_cannot_matter(tmp_path):
    model = interop.read_net(written(tmp_path, "a.net", NET.format(a="1 0", b="0.25 0.75 0 0")))
    assert model.exact
    assert cm.query(model, "B")["v"] == Fraction(3, 4)
    with pytest.raises(FormatError, match=r"node 'B' has probabilities that sum to 0 at A = b"):
        interop.read_net(written(tmp_path, "b.net", NET.format(a="0.5 0.5", b="0.25 0.75 0 0")))


# --- GeNIe --------------------------------------------------------------------------------------------------------


def noisy(causes, columns):
    """Return a file with a noisy-MAX node of independent causes, effects 0 (highest), 1, ..."""
    nodes = "".join(
        f'<cpt id="{name}">{_states(size)}<probabilities>{" ".join(["1"] + ["0"] * (size - 1))}</probabilities></cpt>'
        for name, size in causes.items()
    )
    strengths = " ".join(str(state) for size in causes.values() for state in range(size))
    numbers = " ".join(str(float(n)) for column in columns for n in column)
    parents, effects = " ".join(causes), _states(len(columns[0]))
    node = f'<noisymax id="E">{effects}<parents>{parents}</parents><strengths>{strengths}</strengths>'
    return f"<smile><nodes>{nodes}{node}<parameters>{numbers}</parameters></noisymax></nodes></smile>"


def _states(count):
    return "".join(f'<state id="s{number}"/>' for number in range(count))


def test_noisy_max_nodes_are_tables_of_the_highest_of_independent_effects(tmp_path):
    rng = Random(1)
    for _ in range(10):
        causes = {"A": rng.randint(2, 3), "B": 2, "C": rng.randint(2, 3)}
        width = rng.randint(2, 3)
        columns = []
        for _ in range(sum(causes.values()) + 1):
            cuts = sorted(rng.randint(0, 8) for _ in range(width - 1))
            columns.append([Fraction(b - a, 8) for a, b in zip([0, *cuts], [*cuts, 8], strict=True)])
        model = interop.read_xdsl(written(tmp_path, "a.xdsl", noisy(causes, columns)))
        starts = dict(zip(causes, (0, causes["A"], causes["A"] + 2), strict=True))
        for setting in product(*map(range, causes.values())):
            used = [columns[start + s] for start, s in zip(starts.values(), setting, strict=True)] + [columns[-1]]
            wanted = [Fraction(0)] * width
            for effects in product(range(width), repeat=len(used)):
                wanted[min(effects)] += prod(column[e] for column, e in zip(used, effects, strict=True))
            assert model.table("E").values[setting].tolist() == wanted
    broken = noisy(causes, columns[:-1])
    with pytest.raises(FormatError, match=r"node 'E' needs \d strengths and \d+ parameters, but"):
        interop.read_xdsl(written(tmp_path, "b.xdsl", broken))


DYNAMIC = """<smile version="1.0"><nodes>
<cpt id="Always"><state id="t"/><state id="f"/><probabilities>0.5 0.5</probabilities></cpt>
<cpt id="R" dynamic="plate"><state id="t"/><state id="f"/><probabilities>0.5 0.5</probabilities></cpt>
<decision id="D" dynamic="plate"><state id="t"/><state id="f"/><parents>R</parents></decision>
<utility id="U" dynamic="plate"><parents>R D Always</parents><utilities>1 1 0 0 0 0 1 1</utilities></utility>
</nodes><dynamic numslices="3"><cpt id="R" order="1"><parents>R D</parents>
<probabilities>0.7 0.3 1 0 0.3 0.7 0 1</probabilities></cpt></dynamic></smile>"""


def test_dynamic_diagrams_are_unrolled_when_asked_and_refused_otherwise(tmp_path):
    path = written(tmp_path, "a.xdsl", DYNAMIC)
    with pytest.raises(FormatError, match=r"a\.xdsl:6: this is a dynamic network\. Unroll it: .*slices=3"):
        interop.read_xdsl(path)
    model = interop.read_xdsl(path, slices=3)
    assert model.cid.decisions == ("D1", "D2", "D3")
    assert model.cid.utilities == ("U1", "U2", "U3")
    assert model.cid.parents("R2") == ("R1", "D1")
    assert model.cid.parents("U3") == ("R3", "D3", "Always")
    stay = {f"D{number}": f"R{number}" for number in (1, 2, 3)}
    chances = cm.query(model, "R3", given={"R1": "t"}, policy=stay)
    assert chances["t"] == Fraction(7, 10) * Fraction(7, 10)
    assert cm.expected_utility(model, stay) == 3
    with pytest.raises(FormatError, match="slices=0 is not from 1 to"):
        interop.read_xdsl(path, slices=0)
    plain = written(tmp_path, "b.xdsl", noisy({"A": 2}, [[1, 0], [0, 1], [0, 1]]))
    with pytest.raises(FormatError, match="it is not a dynamic network"):
        interop.read_xdsl(plain, slices=2)
    second = DYNAMIC.replace('order="1"', 'order="2"')
    with pytest.raises(FormatError, match="'R' depends on more than one slice before"):
        interop.read_xdsl(written(tmp_path, "c.xdsl", second), slices=2)


# --- encodings ----------------------------------------------------------------------------------------------------


def test_encodings_are_those_declared_or_guessed_with_a_warning(tmp_path):
    head = '<?xml version="1.0" encoding="{}"?>'
    text = f'{head}<smile><nodes><cpt id="X"><state id="\xe9"/><probabilities>1</probabilities></cpt></nodes></smile>'
    for encoding in ("ISO-8859-1", "utf-8", "cp1252"):
        (tmp_path / "a.xdsl").write_bytes(text.format(encoding).encode(encoding))
        assert interop.read_xdsl(tmp_path / "a.xdsl").domain("X") == ("\xe9",)
    (tmp_path / "b.xdsl").write_bytes(("\n\n" + text.format("no-such")).encode("latin-1"))
    with pytest.warns(GuessedEncoding, match=r"b\.xdsl: the text is not UTF-8 and was read as Latin-1"):
        assert interop.read_xdsl(tmp_path / "b.xdsl").domain("X") == ("\xe9",)
    (tmp_path / "c.xdsl").write_text("\n\n<smile><nodes>")
    with pytest.raises(FormatError, match=r"c\.xdsl:3: this is not well-formed XML"):
        interop.read_xdsl(tmp_path / "c.xdsl")


# --- objects ------------------------------------------------------------------------------------------------------


def test_names_of_pgmpy_that_are_no_text():
    from pgmpy.base import DAG
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.models import DiscreteBayesianNetwork

    network = DiscreteBayesianNetwork([(0, 1)])
    network.add_cpds(
        TabularCPD(0, 2, [[0.25], [0.75]]),
        TabularCPD(1, 2, [[0, 1], [1, 0]], evidence=[0], evidence_card=[2]),
    )
    assert cm.query(network, "1") == {0: 0.75, 1: 0.25}
    assert interop.from_pgmpy(DAG([(0, 1)])).edges == (("0", "1"),)
    with pytest.raises(FormatError, match="two nodes have the same name as text: 0, '0'"):
        interop.from_pgmpy(DAG([(0, "0")]))
    network.remove_cpds(0)
    with pytest.raises(FormatError, match="node '0' has no table"):
        interop.from_pgmpy(network)


@pytest.mark.filterwarnings("ignore::cidmesa.interop.part.RoundedProbabilities")
def test_pyagrum_writes_tables_of_genie_files_in_its_own_order(tmp_path):
    gum = pytest.importorskip("pyagrum")
    network = gum.fastBN("A{a1|a2}->C{c1|c2}<-B{b1|b2|b3}")
    gum.saveBN(network, str(tmp_path / "a.xdsl"))
    found = cm.interop.read_xdsl(tmp_path / "a.xdsl")
    for a in range(2):
        for b in range(3):
            wanted = network.cpt("C")[{"A": a, "B": b}]
            table = found.table("C")
            at = tuple({"A": a, "B": b}[name] for name in table.variables[:-1])
            assert table.values[at].astype(float).tolist() == pytest.approx(list(wanted), abs=1e-5)


def test_variables_of_pyagrum_that_are_discretised_have_intervals_as_states():
    gum = pytest.importorskip("pyagrum", reason="pyagrum is not installed")
    assert interop.from_pyagrum(gum.fastBN("A[1,5,10]->B")).domain("A") == ("[1;5[", "[5;10]")
