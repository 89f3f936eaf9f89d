"""What every test has: no token and no proxy from outside, and property tests that keep no state."""

import os

from hypothesis import settings

pytest_plugins = ("tests.media.fixtures", "tests.store.fixtures")
settings.register_profile("pressroom", deadline=None, database=None, print_blob=True)
settings.load_profile("pressroom")

for _name in list(os.environ):
    if _name.startswith("PRESSROOM_TEST_"):
        continue
    if _name.startswith(("INSTAGRAM_", "PRESSROOM_")) or _name.lower().endswith("_proxy"):
        del os.environ[_name]
os.environ.pop("CLOUDINARY_URL", None)
