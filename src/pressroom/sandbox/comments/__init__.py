"""Comments below media, and replies to them."""
