"""Measure what a reader of the code has to hold in mind: `python scripts/measure.py [--once] [DIRECTORY]`.

* code: lines that are neither blank, nor comment, nor docstring. A file that says it is generated does not
  count.
* named once: functions, private or not, whose name stands once in its file besides its definition, and
  nowhere else in the tree, as a share of all functions. Such a helper has one caller: its name has to say
  more than its body. Of private functions only their own file counts, since no other one can name them. What
  stands in a row of a table (`Page(path="/queue", answer=show_queue)`) has no caller to be read in.
* pronouns: names bound by assignment, argument or loop that are one of eight words, as a share of all.
* imports: lines of import statements, as a share of code.
* file: all its lines. function: from its `def` to its last line; overloads and methods of protocols do not
  count.
* comments: lines with nothing but a comment, for 100 lines of code.

--once lists the functions that are named once. tests/architecture/test_measures.py holds the limits.
"""

import argparse
import ast
import io
import statistics
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[1] / "src" / "pressroom"
PRONOUNS: Final = ("one", "found", "given", "told", "asked", "known", "made", "said")
_NO_CODE: Final = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)
# The definition of a function is an identifier, too.
_NAMED_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Function:
    """Where a function is defined, and its size in lines."""

    path: Path
    line: int
    name: str
    lines: int

    @property
    def is_private(self) -> bool:
        """Whether only its own file can name it."""
        return self.name.startswith("_") and not self.name.endswith("__")


@dataclass(frozen=True, slots=True)
class Source:
    """What is counted of one file."""

    lines: int
    code_lines: int
    comment_lines: int
    import_lines: int
    functions: tuple[Function, ...]
    identifiers: Counter[str]
    bound_names: Counter[str]


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of a tree. Shares are percentages."""

    sources: tuple[Source, ...]

    @property
    def code_lines(self) -> int:
        """Lines of code of all files."""
        return sum(source.code_lines for source in self.sources)

    @property
    def functions(self) -> list[Function]:
        """All functions."""
        return [function for source in self.sources for function in source.functions]

    @property
    def named_once(self) -> list[Function]:
        """Functions with one mention in the whole tree."""
        everywhere = Counter[str]()
        for source in self.sources:
            everywhere.update(source.identifiers)
        return [
            function
            for source in self.sources
            for function in source.functions
            if source.identifiers[function.name] == everywhere[function.name] == _NAMED_ONCE
        ]

    @property
    def private_named_once(self) -> list[Function]:
        """Private functions with one mention in their file."""
        return [
            function
            for source in self.sources
            for function in source.functions
            if function.is_private and source.identifiers[function.name] == _NAMED_ONCE
        ]

    @property
    def named_once_share(self) -> float:
        """How many functions are named once in the tree."""
        return 100 * len(self.named_once) / len(self.functions)

    @property
    def private_named_once_share(self) -> float:
        """How many functions are private, and named once in their file."""
        return 100 * len(self.private_named_once) / len(self.functions)

    @property
    def pronouns(self) -> Counter[str]:
        """How often each of the eight words is bound."""
        return Counter({word: sum(source.bound_names[word] for source in self.sources) for word in PRONOUNS})

    @property
    def pronoun_share(self) -> float:
        """How many bound names are one of the eight words."""
        return 100 * self.pronouns.total() / sum(source.bound_names.total() for source in self.sources)

    @property
    def import_share(self) -> float:
        """How much of the code is imports."""
        return 100 * sum(source.import_lines for source in self.sources) / self.code_lines

    @property
    def comments(self) -> float:
        """Comment lines for 100 lines of code."""
        return 100 * sum(source.comment_lines for source in self.sources) / self.code_lines

    @property
    def file_median(self) -> float:
        """Lines of the median file."""
        return statistics.median(source.lines for source in self.sources)


def measure(directory: Path = PACKAGE) -> Measures:
    """Measure all hand-written Python below a directory."""
    sources = (read(path) for path in sorted(directory.rglob("*.py")))
    return Measures(tuple(source for source in sources if source))


def read(path: Path) -> Source | None:
    """Count one file; None for one that is generated."""
    text = path.read_text(encoding="utf-8")
    if "generated" in text.partition("\n")[0].lower():
        return None
    tree = ast.parse(text)
    code, comments = _lines_of_code(text)
    nodes = list(ast.walk(tree))
    return Source(
        lines=text.count("\n"),
        code_lines=len(code - {line for text in _texts(nodes) for line in _span(text)}),
        comment_lines=len(comments),
        import_lines=sum(len(_span(node)) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)),
        functions=tuple(
            Function(path, node.lineno, node.name, len(_span(node)))
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_stub(node)
        ),
        identifiers=Counter(name for node in nodes for name in _identifiers(node)) + Counter(_rows_of(tree)),
        bound_names=Counter(name for node in nodes for name in _bound_names(node)),
    )


def _lines_of_code(text: str) -> tuple[set[int], set[int]]:
    """Return the lines that have code, docstrings included, and those that have nothing but a comment."""
    code, comments = set[int](), set[int]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
        elif token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip():
            comments.add(token.start[0])
    return code, comments


def _texts(nodes: Sequence[ast.AST]) -> Iterator[ast.Expr]:
    """Yield the strings that are statements: docstrings, those below a field as well."""
    for node in nodes:
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                yield node
            case _:
                pass


def _is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether nothing but `...` follows the docstring."""
    rest = [statement for statement in function.body if not any(_texts([statement]))]
    return all(ast.unparse(statement) == "..." for statement in rest)


def _identifiers(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=alias):
            yield name.rpartition(".")[2]
            if alias:
                yield alias
        case _:
            pass


def _rows_of(tree: ast.Module) -> Iterator[str]:
    """Yield the names that the rows of a file's tables give to their fields."""
    for table in tree.body:
        if isinstance(table, ast.Assign | ast.AnnAssign):
            for row in (node for node in ast.walk(table) if isinstance(node, ast.Call)):
                yield from (field.value.id for field in row.keywords if isinstance(field.value, ast.Name))


def _bound_names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case _:
            pass


def _span(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def main() -> None:
    """Print the measures."""
    parser = argparse.ArgumentParser(description="Measure what a reader has to hold in mind.")
    parser.add_argument("directory", nargs="?", type=Path, default=PACKAGE)
    parser.add_argument("--once", action="store_true", help="list the functions that are named once")
    arguments = parser.parse_args()
    measures = measure(arguments.directory)
    if arguments.once:
        for function in {*measures.named_once, *measures.private_named_once}:
            sys.stdout.write(f"{function.path}:{function.line} {function.name}, {function.lines} lines\n")
        return
    lines = sorted(function.lines for function in measures.functions)
    p90 = lines[len(lines) * 9 // 10]
    words = ", ".join(f"{word} {count}" for word, count in measures.pronouns.most_common() if count)
    sys.stdout.write(
        f"code        {measures.code_lines} lines in {len(measures.sources)} files\n"
        f"functions   {len(lines)}, median {statistics.median(lines):.0f}, p90 {p90} lines\n"
        f"named once  {measures.named_once_share:.1f} % of functions; "
        f"private ones in their file {measures.private_named_once_share:.1f} %\n"
        f"pronouns    {measures.pronoun_share:.2f} % of bound names ({words})\n"
        f"imports     {measures.import_share:.1f} % of code\n"
        f"file        {measures.file_median:.0f} lines in the median, "
        f"{max(source.lines for source in measures.sources)} at most\n"
        f"comments    {measures.comments:.1f} for 100 lines of code\n"
    )


if __name__ == "__main__":
    main()
