"""Reads media and accounts (`media`, `users`, `routes`), other people's things, shops, polls and places."""
