"""A process that may open no further file or connection while a block runs; what is open stays so."""

import resource
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def no_further_files() -> Generator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
