"""`load`: a scenario from a file, or one error with a line for each mistake in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cidmesa.errors import CidmesaError, ScenarioError, not_there, wrong_type
from cidmesa.library.catalogue import files_under, find, library, slug_of
from cidmesa.library.claim import Citation, Claim, names_of
from cidmesa.library.file.definitions import Draft, Placed, drafted, varied
from cidmesa.library.file.schema import ClaimDef, ScenarioFile
from cidmesa.library.file.schema_errors import mistake_of
from cidmesa.library.file.source import MAX_BYTES, Location, Mistake, Source, error_of, read
from cidmesa.library.file.workshop import Workshop
from cidmesa.library.scenario import Scenario
from cidmesa.library.validation import validated
from cidmesa.modelling.parameter import number_of

__all__ = ["files_of", "listed", "load", "loaded", "loads", "scenarios"]


def load(path: str | Path) -> Scenario:
    """Return the scenario with this path or this slug, such as ``hubinger2019/two-corners``.

    No code in the file is run.

    Args:
        path: the path of a file or a slug of the library; ``slug@variant`` gives a variant.

    Raises:
        ScenarioError: the file or scenario does not exist, or the file is wrong. Each mistake is one line
            ``file:line:col: CODE text`` (CID0xx not readable, CID101 schema, CID201 diagram, CID202 model, CID203
            expression, CID204 training process, CID301 claim, CID302 variant; docs/checking.md lists all codes).

    >>> load("hubinger2019/two-corners").training.episodes
    (1, 2, 3, 4, 5)
    """
    file, variant = find(path)
    scenario = loads(_bytes(file), file)
    return scenario.variant(variant) if variant else scenario


def scenarios(tag: str | None = None) -> tuple[Scenario, ...]:
    """Return the scenarios of the library, all or those with a tag, in the order of their slugs.

    Args:
        tag: only scenarios with this tag.

    Raises:
        ScenarioError: a file is wrong.

    >>> [s.slug for s in scenarios() if not s.claims]
    []
    """
    found = loaded(files_under(library()))
    return tuple(scenario for scenario in found if tag is None or tag in scenario.tags)


def files_of(path: str | Path) -> tuple[Path | str, ...]:
    """Return the scenario files in a folder, or ``path`` itself (a file or a slug)."""
    return files_under(Path(path)) if Path(path).is_dir() else (path,)


def listed(what: object, asks: str, remedy: str = "") -> list[Any]:
    """Return scenarios, paths and slugs, one or several, as a list.

    Raises:
        ScenarioError: an entry is something else; the message says what to do instead.

    >>> listed("a/b", "check"), listed(["a/b", Path("c")], "check")
    (['a/b'], ['a/b', PosixPath('c')])
    """
    graph = hasattr(what, "nodes")  # which is a collection, but of nodes
    alone = graph or isinstance(what, str | Path | Scenario) or not isinstance(what, Iterable)
    items = [what] if alone else list(what)  # type: ignore[call-overload]  # an iterable then
    for item in items:
        if not isinstance(item, str | Path | Scenario):
            remedy = f"Write the model as a scenario file (`cidmesa new` makes one){remedy}."
            raise ScenarioError(wrong_type(asks, "scenarios, paths or slugs", item, remedy))
    return items


def loaded(files: Iterable[str | Path]) -> tuple[Scenario, ...]:
    """Return the scenarios in several files; one error reports the mistakes of all of them.

    Raises:
        ScenarioError: one or more files are wrong.
    """
    found, wrong = [], []
    for file in files:
        try:
            found.append(load(file))
        except ScenarioError as error:
            wrong.append(str(error))
    if wrong:
        raise ScenarioError("\n".join(wrong))
    return tuple(found)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"{file}: cannot be read: {error.strerror}.") from None


def loads(text: str | bytes, path: str | Path = "text.cid.yaml") -> Scenario:
    """Return the scenario that ``text`` describes; ``path`` gives the slug and stands in errors.

    >>> s = loads("{cidmesa: 1, title: Coin, nodes: {C: {kind: chance, prob: {h: 1/3, t: 2/3}}}}")
    >>> s.model.domain("C"), s.model.exact
    (('h', 't'), True)
    """
    source = read(text, str(path))
    file, errors = validated(ScenarioFile, source.data)
    if file is None:
        raise error_of(source.path, [mistake_of(error, source) for error in errors])
    return _Loading(source, file).scenario()


class _Loading:
    """One file on its way to a scenario with its variants; gathers mistakes over all of them."""

    def __init__(self, source: Source, file: ScenarioFile) -> None:
        self.source, self.file = source, file
        self.mistakes: list[Mistake] = []

    def scenario(self) -> Scenario:
        """Return the scenario with its variants; ScenarioError names all mistakes."""
        draft = drafted(self.file)
        slug = slug_of(Path(self.source.path))
        self.check_note()
        whole = self.built(draft, slug, self.file.title, self.file.note)
        variants = [] if self.mistakes else [self.variant(draft, slug, i) for i in range(len(self.file.variants))]
        if self.mistakes or whole is None:
            raise error_of(self.source.path, self.mistakes)
        return replace(whole, variants=tuple(variant for variant in variants if variant is not None))

    def check_note(self) -> None:
        """Note a status that needs a note and has none."""
        if self.file.status in ("simplified", "conjectural") and not self.file.note:
            self.wrong(("status",), "CID101", f"status is {self.file.status}: say how in a note (note: ...).")

    def wrong(self, location: Location, code: str, text: str) -> None:
        """Note a mistake at this location."""
        self.mistakes.append(Mistake(self.source.place(location), code, text))

    def variant(self, draft: Draft, slug: str, position: int) -> Scenario | None:
        """Return the variant at this position, ``None`` where something is wrong with it."""
        variant = self.file.variants[position]
        location = ("variants", position)
        if variant.id in [other.id for other in self.file.variants[:position]]:
            self.wrong((*location, "id"), "CID302", f"the variant {variant.id!r} is there twice. Rename one.")
        changed, mistakes = varied(draft, variant, location, self.source)
        self.mistakes += mistakes
        if mistakes:
            return None
        title = variant.title or f"{self.file.title} ({variant.id})"
        return self.built(changed, f"{slug}@{variant.id}", title, variant.note or self.file.note)

    def built(self, draft: Draft, slug: str, title: str, note: str | None) -> Scenario | None:
        """Return the scenario that a draft makes, ``None`` where something is wrong."""
        workshop = Workshop(draft, self.source)
        built = workshop.build()
        claims = tuple(self.claim(placed, draft) for placed in draft.claims)
        runs = tuple(self.claim(placed, draft) for placed in draft.runs)
        self.mistakes += workshop.mistakes
        self.check_ids(draft)
        if built is None or self.mistakes:
            return None
        return Scenario(
            slug,
            self.source.path,
            title,
            built.cid,
            built.model,
            built.training,
            built.specs,
            claims,
            source=self.citation(),
            status=self.file.status,
            note=note or "",
            tags=self.file.tags,
            runs=runs,
            families=built.families,
        )

    def citation(self) -> Citation | None:
        """Return the source that the file names, if any."""
        given = self.file.source
        if given is None:
            return None
        at = self.at(("source", "key"))
        return Citation(given.key, given.where or "", given.says or "", at, given.checked or "")

    def at(self, location: Location) -> str:
        """Return the place of a location as ``path:line:col``."""
        place = self.source.place(location)
        return f"{self.source.path}:{place.line}:{place.column}"

    # --- claims -------------------------------------------------------------------------------------------------

    def check_ids(self, draft: Draft) -> None:
        """Note claim ids that are there twice."""
        seen: set[str] = set()
        for placed in (*draft.claims, *draft.runs):
            if placed.what.id in seen:
                text = f"the claim id {placed.what.id!r} is there twice. Rename one."
                self.wrong((*placed.location, "id"), "CID301", text)
            seen.add(placed.what.id)

    def claim(self, placed: Placed[ClaimDef], draft: Draft) -> Claim:
        """Return the claim that a definition makes; what is wrong with it is noted."""
        what, location = placed
        where = {name: self.setting(name, value, placed, draft) for name, value in (what.where or {}).items()}
        for name in names_of(what.of):
            if name not in draft.specs:
                said = f"there is no specification {name!r} under mesa"
                self.wrong((*location, "of"), "CID301", not_there(said, name, draft.specs, "There are"))
        self.check_question(placed)
        question: Any = what.ask.question if what.ask.kind else None
        return Claim(
            what.id,
            what.says,
            what.ask.kind,
            question,
            what.expect,
            what.of,
            where,
            what.place or "",
            self.at(location),
            what.xfail or "",
            what.ours or "",
        )

    def setting(self, name: str, value: object, placed: Placed[ClaimDef], draft: Draft) -> object:
        """Return the value that a claim gives a parameter, ``None`` where it is no number."""
        location = (*placed.location, "where", name)
        if name not in draft.parameters:
            said = f"there is no parameter {name!r}"
            self.wrong(location, "CID301", not_there(said, name, draft.parameters, "Parameters"))
        try:
            return number_of(value)
        except CidmesaError as error:
            self.wrong(location, "CID203", str(error))
            return None

    def check_question(self, placed: Placed[ClaimDef]) -> None:
        """Note a claim that asks no question or several, or expects what the question cannot give."""
        ask = placed.what.ask
        if len(ask.model_fields_set) != 1 or not ask.kinds():
            here = ", ".join(sorted(ask.model_fields_set)) or "none"
            self.wrong(
                (*placed.location, "ask"),
                "CID301",
                "ask exactly one question, such as "
                f"{{ici: {{decision: D, node: X}}}} or {{soluble: {{}}}}; here: {here}.",
            )
            return
        possible = ask.question.expectable(placed.what.expect)
        if possible:
            self.wrong(
                (*placed.location, "expect"),
                "CID301",
                f"claim {placed.what.id!r} asks {ask.kind}, "
                f"which expects {possible}{'' if possible.endswith('?') else '.'}",
            )
