"""Publish to Instagram and measure it, through the official Graph API only.

Start at `pressroom.service.Pressroom` (the library), `pressroom.cli` (the command line) or
`pressroom.sandbox` (the simulator of the API).
"""

__version__ = "0.1.0"
