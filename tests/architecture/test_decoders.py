"""Only modules that run in a limited child process decode the files of others, and nothing else loads them.

`tests/media/test_isolation.py` shows the same of the running program, for a file of each format.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.imports import PACKAGE, imported_at_run_time, nodes

DECODERS = {"PIL", "av", "pillow_heif"}
# What the two programs load that decode: `media.prober`, and `media.picture`, which `media.convert` starts.
IN_THE_CHILD = {
    f"media/{name}.py"
    for name in ("clip", "colours", "decoder", "picture", "png", "still", "stream_clock", "thumbnail", "tiff")
}
# They draw pictures, and open none.
DRAWING = {
    "sandbox/page/app.py",
    "sandbox/samples.py",
    "service/doctor/gather_hosting.py",
    "service/doctor/probes/prober.py",
}
# These decode in the process that calls them. Other processes load their modules for other functions.
DECODING = {"pressroom.media.probe.probe", "pressroom.media.prober.answer_to", "pressroom.media.prober.serve"}
FILES = {str(path.relative_to(PACKAGE)): path for path in PACKAGE.rglob("*.py")}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}


def decoders_of(path: Path) -> set[str]:
    """The decoders that a file imports, inside functions too, or names in a text for `import_module`."""

    def names() -> Iterator[str]:
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
            elif isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
                yield node.value

    return {name.partition(".")[0] for name in names()} & DECODERS


def test_only_modules_of_the_child_process_and_those_that_draw_import_a_decoder() -> None:
    naming = [name for name, text in TEXTS.items() if re.search(rf"\b({'|'.join(DECODERS)})\b", text)]
    importing = {name for name in naming if decoders_of(FILES[name])}
    assert importing == IN_THE_CHILD | DRAWING


def test_what_draws_opens_no_picture() -> None:
    opening = {
        name
        for name in DRAWING
        for node in nodes(FILES[name])
        if isinstance(node, ast.Attribute)
        and node.attr in {"open", "frombytes", "frombuffer"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "Image"
    }
    assert opening == set()


def test_only_the_programs_of_the_child_process_load_the_modules_that_decode() -> None:
    modules = {f"pressroom.{name.removesuffix('.py').replace('/', '.')}" for name in IN_THE_CHILD}
    loading = {
        name
        for name, text in TEXTS.items()
        if "media" in text and any(module.rpartition(".")[2] in text for module in modules | DECODING)
        for loaded in imported_at_run_time(FILES[name])
        if loaded in DECODING or any(loaded.startswith(f"{module}.") for module in modules)
    }
    assert loading - IN_THE_CHILD == {"media/probe.py", "media/prober.py"}
