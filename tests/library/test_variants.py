"""Variants: the same model under other assumptions."""

from __future__ import annotations

import pytest

import cidmesa as cm
from cidmesa.errors import ScenarioError
from cidmesa.library.file.loader import loads
from tests.library.files import CORNERS, SMALL, with_claims


def variant(text: str, definition: str, *claims: str):
    (found,) = loads(with_claims(text, *claims) + f"variants:\n  - {{id: v, {definition}}}\n", "a/b.cid.yaml").variants
    return found


def test_parameters_are_set():
    assert variant(SMALL, "set: {p: 0}").model == loads(SMALL).at(p=0).model


def test_links_are_added_and_removed():
    found = variant(SMALL, "links: {add: [[Rain, Take]], remove: [[Report, Take]]}")
    assert found.cid == loads(SMALL).cid.without_link("Report", "Take").with_link("Rain", "Take")
    assert found.model is not None


def test_nodes_are_removed_with_their_links_replaced_and_added():
    take = "{kind: decision, states: [umbrella, nothing], parents: [Sky]}"
    nodes = f"nodes: {{Take: {take}, Sky: {{kind: chance, value: Rain}}}}"
    found = variant(SMALL, f"remove: [Report], {nodes}")
    assert set(found.cid.nodes) == {"Rain", "Take", "Wet", "U", "Sky"}
    assert found.cid.parents("Take") == ("Sky",)
    assert found.cid.parents("Sky") == ("Rain",)


def test_specifications_are_replaced_and_added():
    found = variant(
        CORNERS, "mesa: {deceptive: {target: \"A == 'b'\", scope: episode}, other: {target: R1, scope: episode}}"
    )
    assert list(found.specs) == ["deceptive", "per-episode", "unaware", "other"]
    assert found.specs["deceptive"].scope == "episode"


def test_claims_are_inherited_overridden_dropped_and_added():
    claims = (
        "ask: {soluble: {}}, expect: true",
        "ask: {eu: {}}, expect: -19/30",
        "ask: {voc: {node: Rain}}, expect: true",
    )
    more = "claims: [{id: d, says: x, ask: {soluble: {}}, expect: true}]"
    found = variant(SMALL, f"set: {{p: 0}}, override: {{c1: {{expect: 0}}, c2: null}}, {more}", *claims)
    assert [(claim.id, claim.expect) for claim in found.claims] == [("c0", True), ("c1", 0), ("d", True)]
    assert cm.check(found)
    assert found.claims[1].says == "claim 1"
    assert found.claims[1].at == "a/b.cid.yaml:16:41"


def test_an_override_can_change_parameters_and_specification():
    claim = "of: deceptive, where: {mu: 1}, ask: {optimal: {decision: D_A1}}, expect: a"
    found = variant(CORNERS, "override: {c0: {where: {mu: 0}, expect: b}}", claim)
    assert cm.check(found)


def test_titles_notes_and_slugs():
    found = variant(SMALL, "title: Another, note: so")
    assert (found.slug, found.title, found.note) == ("a/b@v", "Another", "so")
    assert variant(SMALL, "set: {}").title == "Weather (v)"


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("set: {q: 1}", "CID302 there is no parameter 'q'. There are: p."),
        ("set: {p: 3}", "CID202 parameter 'p' = 3 lies outside its range"),
        ("remove: [Rein]", "CID302 there is no node 'Rein'. Did you mean 'Rain'?"),
        ("links: {add: [[Rain, Tike]]}", "CID302 there is no node 'Tike'. Did you mean 'Take'?"),
        (
            "links: {remove: [[Rain, Take]]}",
            "CID302 there is no link Rain -> Take to remove. Links into Take: Report -> Take",
        ),
        ("override: {c1: null}", "CID302 there is no claim 'c1'. There are: c0."),
        ("override: {c0: {expect: 4}}", "CID301 claim 'c0' asks soluble, which expects true or false"),
        ("claims: [{id: c0, says: x, ask: {soluble: {}}, expect: true}]", "CID301 the claim id 'c0' is there twice"),
        ("links: {add: [[U, Rain]]}", "CID201 utility node 'U' has the child 'Rain'"),
        ("links: {remove: [[Rain, Wet]]}", "CID203 node 'Wet'"),
        ("remove: [Report], nodes: {Rain: {kind: chance, states: [yes], prob: [2]}}", "CID202 node 'Rain'"),
        ("sett: {}", "CID101 variants.0 has the unknown key 'sett'. Did you mean 'set'?"),
    ],
)
def test_a_mistake_in_a_variant(definition, expected):
    with pytest.raises(ScenarioError) as error:
        variant(SMALL, definition, "ask: {soluble: {}}, expect: true")
    assert expected in str(error.value)


def test_two_variants_need_two_names():
    text = SMALL + "variants:\n  - {id: v, set: {p: 0}}\n  - {id: v, set: {p: 1}}\n"
    with pytest.raises(ScenarioError, match="the variant 'v' is there twice"):
        loads(text)


def test_an_override_can_ask_something_else():
    found = variant(SMALL, "override: {c0: {ask: {voc: {node: Wet}}}}", "ask: {soluble: {}}, expect: true")
    assert [(claim.id, claim.kind, claim.expect) for claim in found.claims] == [("c0", "voc", True)]
    assert cm.check(found)
    with pytest.raises(ScenarioError, match="ask exactly one question"):
        variant(SMALL, "override: {c0: {ask: {}}}", "ask: {soluble: {}}, expect: true")


def test_an_override_with_ask_left_empty_keeps_the_question():
    found = variant(SMALL, "override: {c0: {ask: null}}", "ask: {soluble: {}}, expect: true")
    assert found.claims[0].kind == "soluble"
