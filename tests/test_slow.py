"""`make test` leaves out what is slow by its fixtures and keeps a round of each promise."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.slow import FOLDERS, PROMISES, QUICK, folder_of

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parents[1]
SUITE = """
    import pytest
    from tests.slow import must_be_slow, slow

    @pytest.fixture
    @slow("starts a crowd")
    def crowd(): ...

    @pytest.fixture
    def street(crowd): ...

    @pytest.fixture(params=["one", "two"])
    def town(request): ...

    def test_quick(): ...
    def test_of_a_quick_fixture(town): ...
    def test_of_a_slow_fixture(crowd): ...
    def test_of_a_fixture_that_uses_a_slow_one(street): ...

    @pytest.mark.parametrize("crowd", ["a", "b"])
    def test_whose_own_parameter_has_the_name(crowd): ...

    @pytest.mark.usefixtures("processes")
    def test_that_starts_processes():
        must_be_slow("starts processes")

    @pytest.mark.proves("kill")
    def test_of_a_promise(crowd):
        must_be_slow("starts processes")
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Somebody's tests, with the marks of ours and no other plugin."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(f"import sys; sys.path.insert(0, {str(ROOT)!r}); pytest_plugins = ['tests.slow']")
    return pytester


def names_of(result: pytest.RunResult) -> set[str]:
    return set(re.findall(r"::(\w+)", result.stdout.str()))


def collected(suite: pytest.Pytester, chosen: str) -> set[str]:
    return names_of(suite.runpytest_inprocess("--collect-only", "-q", "-m", chosen))


def test_a_test_is_slow_if_one_of_its_fixtures_is_at_any_depth(suite: pytest.Pytester) -> None:
    suite.makepyfile(SUITE)
    assert collected(suite, "slow") == {
        "test_of_a_slow_fixture",
        "test_of_a_fixture_that_uses_a_slow_one",
        "test_that_starts_processes",
    }


def test_what_is_not_slow_stays_and_so_does_a_round_of_a_promise(suite: pytest.Pytester) -> None:
    suite.makepyfile(SUITE)
    assert collected(suite, "not slow") == {
        "test_quick",
        "test_of_a_quick_fixture",
        "test_whose_own_parameter_has_the_name",
        "test_of_a_promise",
    }


def test_all_of_a_listed_folder_is_slow_and_make_test_does_not_even_import_it(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.slow._TESTS", suite.path)
    monkeypatch.setattr("tests.slow.FOLDERS", {"kills": "kills processes"})
    (suite.mkdir("kills") / "test_kill.py").write_text("def test_inside(): ...\n")
    suite.makepyfile("def test_beside(): ...")
    assert collected(suite, "slow") == {"test_inside"}
    (suite.path / "kills" / "test_kill.py").write_text("import a_program_of_others\n")
    assert collected(suite, "not slow") == {"test_beside"}


def test_a_store_on_a_server_is_slow_and_a_promise_keeps_it(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        "import pytest\nfrom tests.slow import STORES\n\n"
        "@pytest.fixture(params=STORES)\ndef store(request): ...\n\n"
        "def test_kept(store): ...\n\n"
        "@pytest.mark.proves('postgresql')\ndef test_proven(store): ...\n"
    )
    kept = suite.runpytest_inprocess("--collect-only", "-q", "-m", "not slow").stdout.str()
    assert re.findall(r"::(\S+)", kept) == [
        "test_kept[sqlite]",
        "test_proven[sqlite]",
        "test_proven[postgresql]",
    ]


def test_a_quick_test_that_starts_processes_fails_and_is_told_why(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        "from tests.slow import must_be_slow\ndef test_hasty(): must_be_slow('starts processes')"
    )
    result = suite.runpytest_inprocess()
    result.stdout.fnmatch_lines(["*test_hasty starts processes and uses no fixture of tests/slow.py*"])
    result.assert_outcomes(failed=1)


def test_what_a_fixture_of_a_module_ends_is_not_held_against_the_last_test(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        from tests.slow import must_be_slow, slow

        @pytest.fixture(scope="module")
        @slow("serves")
        def served():
            must_be_slow("starts processes")
            yield
            must_be_slow("starts processes")

        def test_served(served): ...
        def test_quick(): ...
    """)
    suite.runpytest_inprocess().assert_outcomes(passed=2)


def test_a_promise_that_nobody_made_is_refused(suite: pytest.Pytester) -> None:
    suite.makepyfile("import pytest\n@pytest.mark.proves('luck')\ndef test_lucky(): ...")
    result = suite.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*test_lucky proves 'luck', none of *'kill'*"])


def test_each_promise_has_a_round_in_make_test() -> None:
    """What proves a promise is never slow, whatever it uses, unless its folder is."""
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    kept = [path for path in files if folder_of(path) is None]
    proven = {name for path in kept for name in re.findall(r'mark\.proves\("(\w+)"\)', path.read_text())}
    assert proven == set(PROMISES)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_that_is_slow_is_there(name: str) -> None:
    assert list((ROOT / "tests" / name).glob("test_*.py"))


def test_the_gate_runs_the_quick_tests_and_the_slow_ones() -> None:
    """What one command leaves out the other runs: nothing is left to chance."""
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "make check"
    dry = subprocess.run(
        ["make", "--dry-run", "check"],  # noqa: S607  # the make of whoever runs the tests
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    chosen = re.findall(r"pytest .*-m (\"[^\"]+\"|\w+)", dry.stdout)
    assert [words.strip('"') for words in chosen] == [QUICK, "slow"]
