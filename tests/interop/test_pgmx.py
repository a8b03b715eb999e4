"""OpenMarkov's files: what it writes itself, what is refused with the reason, and expressions over utilities."""

from __future__ import annotations

from fractions import Fraction

import pytest

import cidmesa as cm
from cidmesa import interop
from cidmesa.errors import FormatError
from cidmesa.library.convert import read

PGMX = """<?xml version="1.0" encoding="UTF-8"?>
<ProbModelXML formatVersion="{version}">
  <ProbNet type="InfluenceDiagram">
    <Comment><![CDATA[<html>treat <b>or</b> not</html>]]></Comment>
    <DecisionCriteria><Criterion name="---" unit="---" /></DecisionCriteria>
    <Variables>
      <Variable name="Disease" type="finiteStates" role="chance">
        <Coordinates x="10" y="20" />
        <States><State name="absent" /><State name="present" /></States>
      </Variable>
      <Variable name="Test result" type="finiteStates" role="chance">
        <States><State name="negative" /><State name="positive" /></States>
      </Variable>
      <Variable name="Therapy" type="finiteStates" role="decision">
        <States><State name="no" /><State name="yes" /></States>
      </Variable>
      <Variable name="Health" type="numeric" role="utility"><Unit /><Criterion name="---" /></Variable>
      <Variable name="Mood" type="numeric" role="utility"><Criterion name="---" /></Variable>
      <Variable name="All" type="numeric" role="utility"><Criterion name="---" /></Variable>
    </Variables>
    <Links>
      <Link directed="true"><Variable name="Disease" /><Variable name="Test result" /></Link>
      <Link directed="true"><Variable name="Test result" /><Variable name="Therapy" /></Link>
      <Link directed="true"><Variable name="Disease" /><Variable name="Health" /></Link>
      <Link directed="true"><Variable name="Therapy" /><Variable name="Health" /></Link>
      <Link directed="true"><Variable name="Therapy" /><Variable name="Mood" /></Link>
      <Link directed="true"><Variable name="Health" /><Variable name="All" /></Link>
      <Link directed="true"><Variable name="Mood" /><Variable name="All" /></Link>
    </Links>
    <Potentials>
      <Potential type="Table"><Variables><Variable name="Disease" /></Variables><Values>0.75 0.25</Values></Potential>
      <Potential type="Tree/ADD">
        <Variables><Variable name="Test result" /><Variable name="Disease" /></Variables>
        <TopVariable name="Disease" />
        <Branches>
          <Branch><States><State name="absent" /></States>
            <Potential type="Table"><Variables><Variable name="Test result" /></Variables>
              <Values>0.9 0.1</Values></Potential>
          </Branch>
          <Branch><States><State name="present" /></States>
            <Potential type="Uniform"><Variables><Variable name="Test result" /></Variables></Potential>
          </Branch>
        </Branches>
      </Potential>
      <Potential type="Table"{role}>
        {utility}<Variables>{first}<Variable name="Disease" /><Variable name="Therapy" /></Variables>
        <Values>10 2 8 6</Values>
      </Potential>
      <Potential type="Table"><Variables><Variable name="Mood" /><Variable name="Therapy" /></Variables>
        <Values>1 3</Values></Potential>
      <Potential type="{join}">
        <Variables><Variable name="All" /><Variable name="Health" /><Variable name="Mood" /></Variables></Potential>
    </Potentials>
  </ProbNet>
</ProbModelXML>
"""
NEW = {"version": "1.0.0", "role": "", "utility": "", "first": '<Variable name="Health" />', "join": "Sum"}
OLD = NEW | {
    "version": "0.2.0",
    "role": ' role="utility"',
    "utility": '<UtilityVariable name="Health" />',
    "first": "",
}


def written(tmp_path, text):
    (tmp_path / "a.pgmx").write_text(text, encoding="utf-8")
    return tmp_path / "a.pgmx"


@pytest.mark.parametrize("version", [OLD, NEW])
def test_both_versions_of_a_diagram(version, tmp_path):
    model = read(written(tmp_path, PGMX.format(**version)))
    assert model.exact
    assert model.cid.utilities == ("Health", "Mood")
    assert model.table("Test result").values.tolist() == [
        [Fraction(9, 10), Fraction(1, 10)],
        [Fraction(1, 2), Fraction(1, 2)],
    ]
    assert cm.expected_utility(model, {"Therapy": "no"}, given={"Disease": "present"}) == 2 + 1
    assert cm.expected_utility(model, {"Therapy": "yes"}, given={"Disease": "absent"}) == 8 + 3
    assert cm.solve(model).value == Fraction(21, 2)


def test_a_product_of_utilities_is_one_table(tmp_path):
    model = interop.read_pgmx(written(tmp_path, PGMX.format(**NEW | {"join": "Product"})))
    assert model.cid.utilities == ("All",)
    assert cm.expected_utility(model, {"Therapy": "yes"}, given={"Disease": "absent"}) == 8 * 3


POLICY = '<Potential type="Table"><Variables><Variable name="Therapy"/></Variables><Values>1 0</Values></Potential>'
REFUSED = {
    "is not read; known are": ('type="InfluenceDiagram"', 'type="MID"'),
    "belongs to a slice of time": ('name="Disease" type', 'name="Disease" timeSlice="0" type'),
    "only nodes with states": ('name="Disease" type="finiteStates"', 'name="Disease" type="numeric"'),
    "has the role 'latent'": ('role="decision"', 'role="latent"'),
    "several criteria": ('name="Mood" type="numeric" role="utility"><Criterion name="---" />',
                         'name="Mood" type="numeric" role="utility"><Criterion name="cost" />'),
    "of the type 'ICIModel'. Convert": ('type="Uniform"', 'type="ICIModel"'),
    "joins utilities by 'Max'": ('type="Sum"', 'type="Max"'),
    "there is no variable 'Diseases'": ('true"><Variable name="Disease" />', 'true"><Variable name="Diseases" />'),
    "needs 4 numbers, but 3": ("10 2 8 6", "10 2 8"),
    "has restrictions": ('<Link directed="true"><Variable', '<Link directed="true"><RevelationConditions /><Variable'),
    "the tree does not say": ('<Branch><States><State name="present" />', '<Branch><States><State name="absent" />'),
    "'ill' is not a state of": ('<Branch><States><State name="present" />', '<Branch><States><State name="ill" />'),
    "has no potential. Is the file cut": ("<Values>1 3</Values>", "<Values>1 3</Values><!--"),
    "the decision 'Therapy' has a policy": ("<Potentials>", f"<Potentials>{POLICY}"),
    "this is not ProbModelXML": ("ProbModelXML", "Model"),
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused_says_why_and_where(message, tmp_path):
    before, after = REFUSED[message]
    text = PGMX.format(**NEW).replace(before, after)
    if "<!--" in after:
        text = text.replace(after, "")
        start = text.index('<Potential type="Table"><Variables><Variable name="Mood" />')
        text = text[:start] + text[text.index('<Potential type="Sum"') :]
    with pytest.raises(FormatError, match=message):
        interop.read_pgmx(written(tmp_path, text))


XDSL = """<smile version="1.0" id="N"><nodes>
<decision id="D"><state id="a"/><state id="b"/></decision>
<utility id="U"><parents>D</parents><utilities>1 2</utilities></utility>
<utility id="V"><parents>D</parents><utilities>5 3</utilities></utility>
<{tag} id="Both"><parents>U V</parents>{how}</{tag}>
{more}
</nodes></smile>"""


@pytest.mark.parametrize("tag", ["mau", "maux"])
@pytest.mark.parametrize(
    ("how", "values"),
    [
        ("<expression>U * V</expression>", [5, 6]),
        ("<expressions><expression>2*U + V^2</expression></expressions>", [27, 13]),
        ("<expression>max(U, V) / 2</expression>", [Fraction(5, 2), Fraction(3, 2)]),
    ],
)
def test_expressions_over_utilities_of_genie(tag, how, values, tmp_path):
    (tmp_path / "a.xdsl").write_text(XDSL.format(tag=tag, how=how, more=""), encoding="utf-8")
    model = interop.read_xdsl(tmp_path / "a.xdsl")
    assert model.cid.utilities == ("Both",)
    assert model.table("Both").values.tolist() == values


def test_a_sum_over_an_expression(tmp_path):
    more = '<mau id="Top"><parents>Both</parents><weights>10</weights></mau>'
    text = XDSL.format(tag="mau", how="<expression>U - V</expression>", more=more)
    (tmp_path / "a.xdsl").write_text(text, encoding="utf-8")
    model = interop.read_xdsl(tmp_path / "a.xdsl")
    assert model.table("Top").values.tolist() == [-40, -10]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("<expression>U * W</expression>", "'Both': .*W"),
        ("<expression>U.real</expression>", "a dot"),
        ("<expression>U</expression><expression>V</expression>", "has 2 expressions; one is read"),
    ],
)
def test_expressions_that_are_not_read(how, message, tmp_path):
    (tmp_path / "a.xdsl").write_text(XDSL.format(tag="mau", how=how, more=""), encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        interop.read_xdsl(tmp_path / "a.xdsl")
