"""The client that the package python-facebook-api publishes."""

from importlib import import_module
from typing import Any

from measuring import FIELDS, FORM, MEDIA, TOKEN, USER, VERSION, arguments, cpu_us_sync, tell

port, calls = arguments()
api: Any = import_module("pyfacebook").IGBusinessApi(
    access_token=TOKEN,
    version=VERSION,
    base_url=f"http://127.0.0.1:{port}/",
    instagram_business_id=USER,
)
tell(
    cpu_us_sync(lambda: api.media.get_info(media_id=MEDIA, fields=FIELDS), calls),
    cpu_us_sync(lambda: api.post_object(object_id=USER, connection="media", data=FORM), calls),
)
