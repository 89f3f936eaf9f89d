"""The calls on comments below media, and on replies to them."""
