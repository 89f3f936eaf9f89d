"""Names of served files: the hash of the content, and an ending for the type."""

import re

TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
}
ENDINGS = {content_type: ending for ending, content_type in TYPES.items()}
# The route serves nothing else. No path, dot file or other ending matches.
SERVED = re.compile(rf"[0-9a-f]{{64}}\.({'|'.join(TYPES)})")
