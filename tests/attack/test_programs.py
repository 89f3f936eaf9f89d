"""The short form of `make attack-programs`: whatever programs try, nothing goes out that no person let go."""

from pathlib import Path

from pressroom.store.store import open_store
from tests.attack.programs import attacked


async def test_a_program_lets_nothing_out_that_no_person_let_go(tmp_path: Path) -> None:
    open_store(tmp_path / "empty.db").close()
    found = await attacked(tmp_path / "home", tmp_path / "empty.db", seed=1, sequences=60)
    assert min(found["published"], found["raw_calls"], found["held"]) > 0, found
    assert min(found["http_201"], found["http_202"]) > 0, found
