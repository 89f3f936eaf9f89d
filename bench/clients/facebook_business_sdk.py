"""Meta's own SDK, the package facebook-business."""

from importlib import import_module

from measuring import FIELDS, FORM, MEDIA, TOKEN, USER, VERSION, arguments, cpu_us_sync, tell

port, calls = arguments()
import_module("facebook_business.session").FacebookSession.GRAPH = f"http://127.0.0.1:{port}"
import_module("facebook_business.api").FacebookAdsApi.init(
    access_token=TOKEN, api_version=VERSION, crash_log=False
)
media = import_module("facebook_business.adobjects.igmedia").IGMedia(MEDIA)
user = import_module("facebook_business.adobjects.iguser").IGUser(USER)
tell(
    cpu_us_sync(lambda: media.api_get(fields=FIELDS.split(",")), calls),
    cpu_us_sync(lambda: user.create_media(params=FORM), calls),
)
