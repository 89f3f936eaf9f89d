"""Numbers: how they grow (`growth`), and how they are asked for and refused (`media_routes`)."""
