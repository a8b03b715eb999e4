"""The command line: what is printed, and the exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from time import perf_counter

import pytest
from click.testing import CliRunner

import cidmesa as cm
from cidmesa.cli.main import main
from tests.library.files import CORNERS, SMALL, with_claims
from tests.library.test_loader import CASES, head


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    claim = "ask: {ici: {decision: Take, node: Wet}}, expect"
    (tmp_path / "small.cid.yaml").write_text(with_claims(SMALL, f"{claim}: true"))
    (tmp_path / "wrong.cid.yaml").write_text(with_claims(SMALL, f"{claim}: false"))
    (tmp_path / "corners.cid.yaml").write_text(
        with_claims(CORNERS, "of: deceptive, ask: {deceptive: {}}, expect: true")
    )
    (tmp_path / "bad.cid.yaml").write_text("cidmesa: 1\ntitel: x\nnodes: {}\n")
    (tmp_path / "empty").mkdir()
    return tmp_path


def run(*arguments: str, code: int = 0):
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


# --- check --------------------------------------------------------------------------------------------------------


def test_check_ends_0_when_all_claims_hold(files):
    result = run("check", "small.cid.yaml", "corners.cid.yaml")
    assert result.stdout.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"
    assert "\x1b[" not in result.stdout


def test_check_ends_1_when_a_claim_fails(files):
    result = run("check", "wrong.cid.yaml", "--format", "concise", code=1)
    assert "CID401" in result.stdout
    assert "expected false, got true" in result.stdout
    assert result.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_check_writes_reports(files):
    result = run("check", "wrong.cid.yaml", "--report", "junit=a.xml", "--report", "md=a.md", "--timeout", "60", code=1)
    assert (files / "a.xml").read_text().startswith("<?xml")
    assert (files / "a.md").read_text().startswith("**0 passed, 1 failed, 0 skipped**")
    assert result.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert "FORMAT=FILE" in run("check", "small.cid.yaml", "--report", "jnit=x", code=2).stderr
    assert "there is no folder" in run("check", "small.cid.yaml", "--report", "md=no/x.md", code=2).stderr


def test_check_on_github_adds_a_summary_of_the_job(files, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(files / "summary.md"))
    result = run("check", "wrong.cid.yaml", "--format", "github", code=1)
    assert result.stdout.startswith("::error file=wrong.cid.yaml,line=12,col=5,title=CID401")
    assert (files / "summary.md").read_text().startswith("**0 passed, 1 failed")


def test_a_terminal_shows_how_far_it_is(monkeypatch):
    from cidmesa.cli.options import progress

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress("checking") as watch:
        for done in (1, 2, 3):
            watch(done, 3)
    shown = sys.stderr.getvalue()
    assert "checking" in shown
    assert "3/3" in shown


def test_elsewhere_there_is_no_bar(files):
    assert run("check", "small.cid.yaml").stderr == ""


def test_check_ends_2_on_wrong_files_and_usage(files):
    result = run("check", "bad.cid.yaml", code=2)
    assert "bad.cid.yaml:2:1: CID101 the file has the unknown key 'titel'. Did you mean 'title'?" in result.stderr
    assert "bad.cid.yaml:1:1: CID101 title is missing" in result.stderr
    assert result.stdout == ""
    run("check", "--method", "magic", code=2)
    assert "no file and no scenario" in run("check", "nowhere.cid.yaml", code=2).stderr
    assert "cannot read the expression" in run("check", "small.cid.yaml", "-k", "(", code=2).stderr


def test_check_writes_proofs_that_verify_shows(files):
    (files / "pages").mkdir()
    result = run("check", "small.cid.yaml", "--proofs", "proofs", "--report", "html=pages/l.html")
    assert "1 proofs are in proofs; of 0 answers none is known." in result.stderr
    (proof,) = (files / "proofs").rglob("*.json")
    assert f'href="../{proof.relative_to(files).as_posix()}"' in (files / "pages" / "l.html").read_text()
    shown = run("verify", "proofs").stdout.splitlines()
    assert shown[0].endswith("has ici of Take on Wet")
    assert shown[-1] == "1 shown, 0 refused"
    proof.write_text(proof.read_text().replace('"admits"', '"excluded"'))
    refused = run("verify", "proofs", "-q", code=1)
    assert "refused:" in refused.stderr
    assert refused.stdout == "0 shown, 1 refused\n"
    assert "cannot be read" in run("verify", "nowhere.json", code=2).stderr


def test_check_ends_5_when_nothing_is_found(files):
    result = run("check", "empty", code=5)
    assert result.stdout.splitlines() == ["0 scenarios, 0 claims in 0.0 s", "0 passed, 0 failed, 0 skipped"]
    assert "No claims" in result.stderr
    run("check", "small.cid.yaml", "-k", "nothing-like-it", code=5)
    run("check", "small.cid.yaml", "-t", "nothing", code=5)


def test_check_options(files):
    assert "0 passed, 0 failed, 1 skipped" in run("check", "small.cid.yaml", "--method", "exact").stdout
    found = json.loads(run("check", "wrong.cid.yaml", "--maxfail", "1", "--format", "json", code=1).stdout)
    assert found["outcomes"][0]["at"] == "wrong.cid.yaml:12:5"


@pytest.mark.parametrize("case", list(CASES)[:8])
def test_bad_input_gives_one_clear_message_and_no_traceback(case, tmp_path):
    nodes, expected = CASES[case]
    file = tmp_path / "f.yaml"
    file.write_text(head(nodes))
    for command in ("check", "show", "incentives", "solve"):
        result = run(command, str(file), code=2)
        assert expected.removeprefix("f.yaml") in result.stderr
        assert "Traceback" not in result.output
        assert len(result.stderr.splitlines()) == 1


def test_an_unknown_node_gives_a_clear_message(files):
    (files / "q.cid.yaml").write_text(with_claims(SMALL, "ask: {voc: {node: Wit}}, expect: true"))
    result = run("check", "q.cid.yaml", code=2)
    assert "q.cid.yaml:12:5" in result.stdout
    assert "there is no node 'Wit'. Did you mean 'Wet'?" in result.stdout
    result = run("incentives", "small.cid.yaml", "--decision", "Tike", code=2)
    assert result.stderr.startswith("there is no node 'Tike'. Did you mean 'Take'?")


# --- one model ----------------------------------------------------------------------------------------------------


def test_incentives(files):
    assert "Take -> " not in run("incentives", "small.cid.yaml").stdout
    found = json.loads(
        run("incentives", "corners.cid.yaml", "--of", "deceptive", "--decision", "D_A1", "--format", "json").stdout
    )
    assert set(found[0]) == {"agent", "decision", "node", "concept", "status", "witness", "reason", "theorem"}
    assert {v["decision"] for v in found} == {"D_A1", None}
    wanted = {"decision": "D_A1", "node": "Theta2", "concept": "ici"}
    (verdict,) = [v for v in found if wanted.items() <= v.items()]
    assert verdict["status"] == "admits"
    assert run("incentives", "small.cid.yaml", "--format", "md").stdout.startswith("| agent: Take |")
    assert r"\begin{tabular}" in run("incentives", "small.cid.yaml", "--format", "latex").stdout
    said = run("incentives", "corners.cid.yaml", "--of", "x", code=2).stderr
    assert "no mesa specification 'x'. There are: deceptive" in said


def test_incentives_of_a_training_process_name_the_specifications(files):
    told = "has no decision; the mesa-optimizer's diagrams have. Choose one by --of: deceptive, per-episode, unaware."
    result = run("incentives", "corners.cid.yaml")
    assert told in result.stderr
    assert "voc  value of control: " in result.stdout
    assert told in run("incentives", "corners.cid.yaml", "--decision", "D_A1", code=2).stderr
    assert told in run("diff", "corners.cid.yaml", "corners.cid.yaml").stderr
    assert run("incentives", "small.cid.yaml").stderr == ""


def test_solve(files):
    assert "value -19/30 for agent (backward induction)" in run("solve", "small.cid.yaml").stdout
    found = json.loads(run("solve", "corners.cid.yaml", "--of", "deceptive", "--format", "json").stdout)
    assert found["value"] == {"mesa": 2}
    assert found["policy"]["D_A1"] == "a"
    assert found["exact"] is True
    assert found["optimal"] == [found["policy"]]
    assert found["method"] == "backward induction"
    several = json.loads(run("solve", "corners.cid.yaml", "--of", "per-episode", "--format", "json").stdout)
    assert several["value"] == {"mesa@1": 1, "mesa@2": 0, "mesa@3": 0}
    assert "Choose one by --of: deceptive, per-episode, unaware" in run("solve", "corners.cid.yaml", code=2).stderr


def test_solve_all(files):
    (files / "tie.cid.yaml").write_text(
        "{cidmesa: 1, title: Tie, nodes: {D: {kind: decision, states: [l, r]}, U: {kind: utility, value: 0}}}"
    )
    assert "optimal policy 2 of 2:\nD: r" in run("solve", "tie.cid.yaml", "--all").stdout
    assert len(json.loads(run("solve", "tie.cid.yaml", "--all", "--format", "json").stdout)["optimal"]) == 2


def test_compose(files):
    result = run("compose", "corners.cid.yaml")
    assert "D_A1" in result.stdout
    assert "R2 promote: " in result.stdout
    assert "others by --spec: per-episode, unaware" in result.stderr
    found = json.loads(run("compose", "corners.cid.yaml", "--spec", "deceptive", "--format", "json").stdout)
    assert {"nodes", "links"} <= set(found)
    assert all(part["provenance"] for part in found["nodes"] + found["links"])
    assert "others by --spec" not in run("compose", "corners.cid.yaml", "--spec", "unaware").stderr
    for arguments in ([], ["--spec", "foo"]):
        said = run("compose", "small.cid.yaml", *arguments, code=2).stderr
        assert "has no mesa-optimizer: no node is marked as an action of a learned algorithm (kind: action" in said
    said = run("compose", "corners.cid.yaml", "--spec", "decptive", code=2).stderr
    assert "Did you mean 'deceptive'? There are: deceptive, per-episode, unaware." in said
    (files / "bare.cid.yaml").write_text(CORNERS[: CORNERS.index("mesa:\n")])
    assert "Add under the key mesa" in run("compose", "bare.cid.yaml", code=2).stderr


def test_compose_writes_a_file_that_loads_back(files):
    result = run("compose", "corners.cid.yaml", "--spec", "deceptive", "-o", "mesa.cid.yaml")
    assert result.stderr == "wrote mesa.cid.yaml\n"
    assert cm.load("mesa.cid.yaml").model == cm.load("corners.cid.yaml").of("deceptive").model
    for out in ("no/mesa.cid.yaml", "no/mesa.svg"):
        assert "there is no folder 'no'. Make it first." in run("compose", "corners.cid.yaml", "-o", out, code=2).stderr


def test_deception(files):
    result = run("deception", "corners.cid.yaml", "--spec", "deceptive")
    assert result.stdout.startswith("mesa is deceptively aligned throughout training: ")
    found = json.loads(run("deception", "corners.cid.yaml", "--spec", "per-episode", "--format", "json").stdout)
    assert found["deceptive"] is False
    assert found["degree"] == "none"


def test_render(files):
    run("render", "corners.cid.yaml", "--of", "deceptive", "-o", "c.svg", "--incentives", "ici,ri")
    assert (files / "c.svg").read_text().startswith("<svg")
    run("render", "corners.cid.yaml", "-o", "c.tikz", "--standalone")
    assert r"\documentclass" in (files / "c.tikz").read_text()
    run("compose", "corners.cid.yaml", "-o", "d.svg")
    assert (files / "d.svg").exists()
    assert "Known endings" in run("render", "small.cid.yaml", "-o", "c.xyz", code=2).stderr


def test_render_takes_the_marks_that_save_takes(files):
    marks = ["--set", "R1=1", "--given", "Theta1=mesa", "--highlight", "D_A1,A1", "--policy", "--direction", "TB"]
    run("render", "corners.cid.yaml", "--of", "deceptive", "-o", "c.svg", *marks, "--compare-with", "base")
    drawn = (files / "c.svg").read_text()
    words = (">do 1<", ">= mesa<", "witness path", "policy:", "only in mesa-optimizer", "link cut by it")
    assert [word for word in words if word not in drawn] == []
    run("render", "small.cid.yaml", "-o", "c.svg", "--mechanisms", "--no-legend", "--compare-with", "small.cid.yaml")
    drawn = (files / "c.svg").read_text()
    assert "mechanism of" in drawn
    assert "responds to its aim" not in drawn
    assert drawn.count(">small.cid.yaml<") == 2
    run("render", "corners.cid.yaml", "--of", "deceptive", "-o", "c.tikz", "--style", "cid-latex", "--relevance")
    drawn = (files / "c.tikz").read_text()
    assert "influence-diagram" in drawn
    assert "Theta" not in drawn


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (["--set", "S"], "cannot read --set 'S': write NODE=VALUE, such as S=1."),
        (["--given", "Q=1"], "there is no node 'Q'"),
        (["--compare-with", "base"], "name it by --of"),
        (["--layout", "round"], "'round' is not one of"),
    ],
)
def test_render_says_what_is_wrong(files, marks, said):
    assert said in run("render", "small.cid.yaml", "-o", "c.svg", *marks, code=2).stderr
    assert not (files / "c.svg").exists()


# --- the library, help --------------------------------------------------------------------------------------------


def test_show_and_schema(files):
    assert "Rain (chance) {yes, no} = yes: p, no: 1 - p" in run("show", "small.cid.yaml").stdout
    assert json.loads(run("schema").stdout)["title"] == "cidmesa scenario, version 1"


def test_list(monkeypatch, files):
    from cidmesa.library import catalogue

    monkeypatch.setattr("cidmesa.library.file.loader.library", lambda: files / "empty")
    assert "No scenarios" in run("list", code=5).stderr
    shelf_folder = files / "empty" / "somebody2020"
    shelf_folder.mkdir()
    (shelf_folder / "corners.cid.yaml").write_text((files / "corners.cid.yaml").read_text())
    assert run("list").stdout.splitlines() == [
        "slug                  claims  tags  title",
        "somebody2020/corners  1       mesa  Two corners with two episodes",
    ]
    (found,) = json.loads(run("list", "-t", "mesa", "--format", "json").stdout)
    assert found["slug"] == "somebody2020/corners"
    assert catalogue.SUFFIX == ".cid.yaml"


def test_a_table_on_a_terminal(monkeypatch, capsys):
    from cidmesa.cli.options import print_table

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    print_table(["slug", "title"], [("a/b", "Some [title]")])
    assert "Some [title]" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        "check",
        "compose",
        "conditions",
        "deception",
        "equilibria",
        "incentives",
        "list",
        "prove",
        "render",
        "schema",
        "show",
        "solve",
    ],
)
def test_help_shows_an_example(command):
    text = run(command, "--help").stdout
    assert f"\n  cidmesa {command}" in text
    assert "\\b" not in text


def test_the_list_of_commands_is_not_cut_off():
    text = run("--help").stdout
    assert "..." not in text.partition("Commands:")[2]
    assert "\n  cidmesa incentives everitt2021/grade-prediction  # which" in text


def test_help_is_fast_and_imports_nothing_heavy():
    heavy = ("numpy", "pydantic", "ruamel", "rich", "sympy", "networkx", "joblib")
    code = f"import sys, cidmesa.cli.main; print([m for m in {heavy} if m in sys.modules])"
    start = perf_counter()
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert perf_counter() - start < 2
    assert found.stdout.strip() == "[]"


def test_version():
    assert run("--version").stdout == f"cidmesa, version {cm.__version__}\n"


def test_python_dash_m():
    found = subprocess.run([sys.executable, "-m", "cidmesa", "--help"], capture_output=True, text=True, check=True)
    assert found.stdout.startswith("Usage: cidmesa")


def test_diff_says_what_a_redesign_removes():
    models = ["everitt2021/content-recommendation", "everitt2021/content-recommendation-fixed"]
    result = CliRunner().invoke(main, ["diff", *models, "--format", "json"])
    assert result.exit_code == 0
    gone = [(row["concept"], row["node"]) for row in json.loads(result.stdout)["changes"] if row["after"] == "excluded"]
    assert ("ici", "I") in gone
    assert CliRunner().invoke(main, ["diff", models[0], "nowhere"]).exit_code == 2


# --- for authors --------------------------------------------------------------------------------------------------


def test_new_writes_a_scenario_whose_claims_hold(tmp_path):
    file = tmp_path / "mykey2026" / "mine.cid.yaml"
    run("new", str(file))
    assert run("check", str(file)).stdout.endswith("7 passed, 0 failed, 0 skipped\n")
    run("fmt", "--check", str(file))
    assert "already exists" in run("new", str(file), code=2).stderr
    assert "ends in .cid.yaml" in run("new", str(tmp_path / "x.yaml"), code=2).stderr


def test_new_like_another_scenario(files):
    run("new", "gate.cid.yaml", "--like", "hubinger2019/deployment-gate")
    assert (files / "gate.cid.yaml").read_text().startswith("cidmesa: 1\ntitle: A gate")
    assert run("check", "gate.cid.yaml").stdout.endswith("17 passed, 0 failed, 0 skipped\n")
    said = run("new", "other.cid.yaml", "--like", "hubinger2019/deployment-gat", code=2).stderr
    assert "Did you mean 'hubinger2019/deployment-gate'?" in said
    assert not (files / "other.cid.yaml").exists()


def test_convert_says_what_it_leaves_out(files):
    said = run("convert", "hubinger2019/deployment-gate", "gate.cid.yaml").stderr
    assert said == "wrote gate.cid.yaml; left out: 2 actions, 2 specifications, 17 claims\n"
    assert run("convert", "gate.cid.yaml", "again.cid.yaml").stderr == "wrote again.cid.yaml\n"


def test_fmt_lays_files_out(files):
    (files / "small.cid.yaml").write_text("cidmesa:   1 # one\ntitle: x\nnodes: {A:   {kind: chance}}\n")
    assert "would be laid out anew" in run("fmt", "--check", "small.cid.yaml", code=1).stdout
    run("fmt", "small.cid.yaml")
    assert (files / "small.cid.yaml").read_text() == "cidmesa: 1   # one\ntitle: x\nnodes: {A: {kind: chance}}\n"
    assert run("fmt", "--check", "small.cid.yaml").stdout == ""
    run("fmt", "empty", code=5)


def test_update_shows_and_writes_what_changes(files, monkeypatch):
    result = run("check", "wrong.cid.yaml", "--update")
    assert "+" in result.stderr
    assert "1 expectations changed" in result.stderr
    run("check", "wrong.cid.yaml")
    monkeypatch.setenv("CI", "true")
    assert "not for builds" in run("check", "wrong.cid.yaml", "--update", code=2).stderr


def test_explain_says_what_is_asked(files):
    result = run("explain", "small.cid.yaml", "c0")
    assert "means: Instrumental control incentive" in result.stdout
    assert "so: the claim holds" in result.stdout
    assert "has no claim 'c7'" in run("explain", "small.cid.yaml", "c7", code=2).stderr


def test_doctor_ends_2_where_something_needed_is_missing(monkeypatch):
    assert "scenarios in" in run("doctor").stdout
    found = json.loads(run("doctor", "--format", "json").stdout)
    assert {"numpy", "dot", "library", "cache"} <= {finding["name"] for finding in found}
    monkeypatch.setattr("cidmesa.cli.checking._NEEDED", ("no-such-package",))
    assert "NO  no-such-package" in run("doctor", code=2).stdout


def test_wrong_commands_and_tags_are_answered_with_near_misses():
    assert "Did you mean 'check'?" in run("chek", code=2).output
    assert "Did you mean 'deceptive-alignment'?" in run("list", "-t", "deceptive-alignmnt", code=5).output


def test_the_examples_of_explain_name_claims():
    for line in run("explain", "--help").output.splitlines():
        if line.strip().startswith("cidmesa explain "):
            run(*line.split()[1:])


def test_sweep_says_why_points_have_no_answer(files):
    said = run("sweep", "corners.cid.yaml", "--over", "mu=2", "--ask", "deceptive", "-o", "o.csv", code=1).output
    assert "the first: parameter 'mu' = 2 lies outside its range" in said


# --- conditions and proofs ------------------------------------------------------------------------------------------

CORNERS_ASKED = ("hubinger2019/two-corners", "--of", "deceptive", "--over", "mu", "--ask", "deceptive")


def test_conditions():
    assert run("conditions", *CORNERS_ASKED).stdout == "deceptive iff mu > 1/3   (mu in [0, 1])\n"
    assert run("conditions", *CORNERS_ASKED, "--format", "latex").stdout == "\\mu > \\frac{1}{3}\n"
    assert json.loads(run("conditions", *CORNERS_ASKED, "--format", "json").stdout)["region"] == "mu > 1/3"
    waits = run("conditions", "off-switch", "--over", "rho,good", "--ask", "optimal decision=A", "--is", "wait").stdout
    assert "iff good + rho > 1 and rho > good" in waits


def test_proofs_end_1_where_there_is_a_counterexample():
    assert run("prove", *CORNERS_ASKED, "--assuming", "mu >= 1/2").stdout.startswith("proved for all values")
    assert run("prove", *CORNERS_ASKED, code=1).stdout.startswith("refuted at mu = 1/4: ")
    refuted = json.loads(run("prove", *CORNERS_ASKED, "--format", "json", code=1).stdout)
    assert (refuted["status"], refuted["counterexample"]) == ("refuted", {"mu": "1/4"})


def test_conditions_say_which_specification_they_need():
    said = run("conditions", "hubinger2019/two-corners", "--ask", "deceptive", code=2).stderr
    assert "Choose one by --of: deceptive, per-episode" in said


# --- all mesa-optimizers that fit ---------------------------------------------------------------------------------


def test_derive(files):
    assert "deceptive          3/11" in run("derive", "hubinger2019/likings", "--evidence", "[{acted: {A1: a}}]").stdout
    found = json.loads(run("derive", "hubinger2019/likings", "--family", "two", "--format", "json").stdout)
    assert found["classes"]["deceptive"] == {"kind": "exact", "low": "1/4", "high": "1/4", "ties": False}
    assert "certain: " in run("derive", "hubinger2019/likings", "--family", "two", "--diagram").stdout
    assert "Did you mean 'two'?" in run("derive", "hubinger2019/likings", "--family", "tow", code=2).stderr
    assert "has no families" in run("derive", "corners.cid.yaml", code=2).stderr
    assert "exactly one of acted" in run("derive", "hubinger2019/likings", "--evidence", "[{}]", code=2).stderr
    assert "evidence is a list" in run("derive", "hubinger2019/likings", "--evidence", "acted", code=2).stderr


def test_commands_read_files_of_other_formats(files):
    m = cm.model(
        cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), S=cm.uniform("ab"), D=["a", "b"], U="S == D"
    )
    for name in ("small.xdsl", "small.net", "small.bifxml", "small.efg"):
        cm.save(m, name)
        assert run("solve", name).stdout.startswith("value 1 for ")
    assert "no format with the ending '.foo' is read" in run("solve", "small.foo", code=2).stderr
    assert "small2.xdsl: cannot be read: No such file" in run("solve", "small2.xdsl", code=2).stderr


def test_case(files):
    toggles = ["--toggle", "scope=updates,episode", "--toggle", "mu=1,1/4"]
    text = run("case", "corners.cid.yaml", *toggles).stdout
    assert text.startswith("- **claim** (claim, open): harmless\n")
    found = json.loads(run("case", "corners.cid.yaml", *toggles, "--format", "json").stdout)
    assert cm.Case.from_json(found).status() == "open"
    assert run("case", "corners.cid.yaml", *toggles, "--format", "svg").stdout.startswith("<svg")
    assert run("case", "corners.cid.yaml", *toggles, "--format", "mermaid").stdout.startswith("flowchart BT")
    said = run(
        "case", "corners.cid.yaml", "--question", "deceptive", "--not", "--claim", "no schemer", "--format", "text"
    )
    assert said.stdout.startswith("claim (claim, open): no schemer")
    assert run("case", "corners.cid.yaml", *toggles, "-o", "case.svg").stderr == "wrote case.svg\n"
    assert (files / "case.svg").read_text().startswith("<svg")
    assert "a toggle is NAME=VALUE,VALUE" in run("case", "corners.cid.yaml", "--toggle", "scope", code=2).stderr
