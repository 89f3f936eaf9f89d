"""Names of served files: the hash of the content, and an ending that says its type."""

import re

TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
}
ENDINGS = {content_type: ending for ending, content_type in TYPES.items()}
# Nothing else is served: no path, no dot file, no other ending can be spelled with it.
SERVED = re.compile(rf"[0-9a-f]{{64}}\.({'|'.join(TYPES)})")
