"""Every call the sandbox answers (`routes`), and the `description` of each with its parameters."""
