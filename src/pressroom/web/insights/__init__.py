"""Numbers of an account and its posts at an equal age, and reports by a click. Start at `pages`."""
