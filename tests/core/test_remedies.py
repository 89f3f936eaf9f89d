"""What to do about an error is data, which each face words in its own way."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pressroom
from pressroom.core.errors import PressroomError, fix_of
from pressroom.core.failure import EarlierFailure, Failure
from pressroom.core.remedies import WORDED, Fix, Remedy, RemedyKind, by_command, by_method, command_of
from pressroom.graph.error_table import TABLE, ErrorRow

K = RemedyKind
RECONCILE, RESOLVE = (Remedy(kind, {"post": "p1"}) for kind in (K.RECONCILE_POST, K.RESOLVE_POST))
IN_DOUBT = Fix.of("Ask once more: {}; when you know how it was: {}.", RECONCILE, RESOLVE)
PACKAGE = Path(pressroom.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
FACES = ("cli", "helpers", "mcp")
WITHOUT_REMEDIES = ("graph", "sandbox")  # they stand below, or know nothing of Pressroom's commands
GENERATED = PACKAGE / "core" / "graph_errors.py"
BELOW_FACES = [
    path
    for path in SOURCES
    if path.relative_to(PACKAGE).parts[0] not in (*FACES, *WITHOUT_REMEDIES) and path != GENERATED
]
GRAPH = sorted((PACKAGE / "graph").rglob("*.py"))
HELPERS = sorted((PACKAGE / "helpers").glob("*.py"))
OF_FACES = [path for face in FACES for path in sorted((PACKAGE / face).rglob("*.py"))]
# A command line's own help is no remedy.
COMMAND = re.compile(r"`pressroom (?![^`]*--help`)|^pressroom [a-z]+ [a-z]+( |$)")


# One of ours: in backticks or behind a space.
OPTION = re.compile(r"(?:^|[ `])--[a-z][a-z-]*(?![a-z=-])")
THEIRS = re.compile(r"(?:pip install|pg_dump|cloudflared tunnel|ngrok http) [^`\n]*")


def in_capitals(remedy: Remedy) -> str:
    return remedy.kind.upper()


def test_every_kind_is_worded() -> None:
    assert set(WORDED) == set(RemedyKind)
    assert all(worded.command or worded.method for worded in WORDED.values())


@pytest.mark.parametrize("kind", RemedyKind)
def test_a_remedy_can_be_worded_whatever_is_known_of_it(kind: RemedyKind) -> None:
    for known in ({}, {"post": "p1"}, dict.fromkeys(WORDED[kind].arguments, "x")):
        for wording in (by_command, by_method):
            said = wording(Remedy(kind, known))
            assert said.startswith("`"), said
            assert not set("{}[") & set(said), said


@pytest.mark.parametrize("kind", RemedyKind)
def test_a_method_takes_no_argument_that_its_command_has_not(kind: RemedyKind) -> None:
    worded = WORDED[kind]
    assert set(type(worded)(worded.method or "").arguments) <= set(worded.arguments)


def test_a_fix_says_commands() -> None:
    assert str(IN_DOUBT) == (
        "Ask once more: `pressroom queue reconcile p1`; when you know how it was: "
        "`pressroom queue resolve p1`."
    )


def test_another_face_puts_its_own_words_in_their_place() -> None:
    assert (
        IN_DOUBT.by(in_capitals) == "Ask once more: RECONCILE_POST; when you know how it was: RESOLVE_POST."
    )
    assert "`await pressroom.posts.reconcile('p1')`" in IN_DOUBT.by(by_method)


def test_what_the_library_has_no_method_for_is_said_as_a_command() -> None:
    assert by_method(Remedy(K.TRY_DEMO)) == "`pressroom demo`"


def test_what_only_the_library_does_is_said_as_python() -> None:
    open_as = Remedy(K.OPEN_AS, {"account": "shop"})
    assert by_command(open_as) == by_method(open_as) == "`Pressroom(account_name='shop')`"


def test_a_command_is_given_alone_where_no_sentence_is_around_it() -> None:
    assert (
        command_of(Remedy(K.RESUME_ACCOUNT, {"account": "the shop"})) == "pressroom queue resume 'the shop'"
    )


def test_an_argument_is_quoted_and_one_that_is_not_known_is_named() -> None:
    assert by_command(Remedy(K.CONVERT_FILE)) == "`pressroom media convert FILE`"
    assert by_command(Remedy(K.CONVERT_FILE, {"file": "a b.jpg"})) == "`pressroom media convert 'a b.jpg'`"
    assert by_method(Remedy(K.SHOW_POST)) == "`await pressroom.posts.show(post)`"


def test_an_option_is_left_out_when_its_argument_is_not_known() -> None:
    assert by_command(Remedy(K.SIGN_IN)) == "`pressroom auth login`"
    assert by_command(Remedy(K.SIGN_IN, {"account": "shop"})).endswith(" --account shop`")


def test_a_fix_holds_another_one_with_its_remedies_and_braces_of_others() -> None:
    theirs = Fix("Mind the {}.")
    whole = Fix.of("{} {} Do not publish it again.", theirs, IN_DOUBT)
    assert whole.by(in_capitals).startswith("Mind the {}. Ask once more: RECONCILE_POST;")
    assert whole.remedies == (RECONCILE, RESOLVE)


def test_a_fix_with_other_places_than_parts_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="Ask"):
        Fix.of("Ask: {} or {}.", RECONCILE)


def test_an_error_tells_its_remedies_as_data() -> None:
    error = PressroomError("It is in doubt.", fix=IN_DOUBT)
    assert error.fix == str(IN_DOUBT)
    assert error.fix_by(in_capitals) == IN_DOUBT.by(in_capitals)
    assert error.as_json()["remedies"] == [
        {"kind": "reconcile_post", "arguments": {"post": "p1"}},
        {"kind": "resolve_post", "arguments": {"post": "p1"}},
    ]


def test_an_error_that_was_kept_has_the_remedies_it_had() -> None:
    told = EarlierFailure(Failure.of(PressroomError("It is in doubt.", fix=IN_DOUBT)))
    assert told.remedies == IN_DOUBT.remedies
    assert told.fix_by(in_capitals) == IN_DOUBT.by(in_capitals)


def test_a_text_that_does_not_name_its_remedy_stays_as_it_is() -> None:
    assert Fix("Ask somebody.", (RECONCILE,)).by(in_capitals) == "Ask somebody."


def test_no_remedy_tells_a_secret() -> None:
    token = "EAA" + "b" * 30
    error = PressroomError("x", fix=Fix.of("See {}.", Remedy(K.SHOW_POST, {"post": token})))
    assert token not in f"{error} {error.as_json()} {error.fix_by(by_method)} {vars(error)}"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.code}-{row.subcode}")
def test_every_command_in_a_fix_of_the_error_table_is_one_of_its_remedies(row: ErrorRow) -> None:
    fix = fix_of(row)
    assert "pressroom" not in fix.by(in_capitals)
    assert fix.by(in_capitals).count("CONVERT_FILE") == len(fix.remedies)


def texts(tree: ast.AST) -> Iterator[str]:
    """Give every text in the code that is no docstring; of one with values in it, each part between them."""
    nodes = list(ast.walk(tree))
    docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


@pytest.mark.parametrize(
    "path", [*BELOW_FACES, *HELPERS, *GRAPH], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_no_text_below_the_faces_spells_a_command_or_names_an_option_of_ours(path: Path) -> None:
    """A program has neither: what an error names is a remedy, which its face words."""
    if path.name != "remedies.py":
        found = list(texts(ast.parse(path.read_text(encoding="utf-8"))))
        assert path in GRAPH or [text for text in found if COMMAND.search(text)] == []
        assert [text for text in found if OPTION.search(THEIRS.sub("", text))] == []


def test_an_option_is_said_as_a_parameter_to_a_program() -> None:
    fix = Fix.of("Use {}, or {}.", Remedy(K.SET_FIT, {"fit": "blur"}), Remedy(K.CUT_CLIP, {"end_s": "60"}))
    assert str(fix) == "Use `--fit blur`, or `--end 60`."
    assert fix.by(by_method) == "Use `fit='blur'`, or `edits=Edits(end_s=60)`."


@pytest.mark.parametrize("path", OF_FACES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_fix_of_a_face_spells_a_command(path: Path) -> None:
    fixes = [
        text
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "fix"
        for text in texts(node)
    ]
    assert [text for text in fixes if COMMAND.search(text)] == []


def made() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Give each remedy that the source makes: where, its kind, and the names of its arguments."""
    sources = {path: path.read_text(encoding="utf-8") for path in SOURCES}
    for path, source in sources.items():
        for node in ast.walk(ast.parse(source)) if "Remedy(" in source else ():
            match node:
                case ast.Call(func=ast.Name("Remedy"), args=[ast.Attribute(attr=kind), ast.Dict(keys=keys)]):
                    names = tuple(str(key.value) for key in keys if isinstance(key, ast.Constant))
                    yield f"{path.name}:{node.lineno}", kind, names
                case _:
                    pass


@pytest.mark.parametrize(("place", "kind", "names"), sorted(made()))
def test_a_remedy_is_made_with_arguments_of_its_kind(place: str, kind: str, names: tuple[str, ...]) -> None:
    assert set(names) <= set(WORDED[RemedyKind[kind]].arguments), place


def test_an_error_names_parameters_in_place_of_options_and_the_command_line_its_options() -> None:
    repeat = Remedy(RemedyKind.REPEAT_CLIP)
    fix = Fix.of("Play it again: {}, or see {}.", repeat, Remedy(RemedyKind.SHOW_POST, {"post": "3f8a"}))
    error = PressroomError("It is too short.", fix=fix)

    assert str(error) == (
        "It is too short. Play it again: `edits=Edits(repeat=True)`, or see `pressroom schedule show 3f8a`."
    )
    assert error.fix_by(by_command) == "Play it again: `--loop`, or see `pressroom schedule show 3f8a`."
    assert error.shape().fix == error.fix_by(by_command)
