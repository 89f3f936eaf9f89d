"""Every call the sandbox answers (`routes`), its parameters (`parameters`), and their `description`."""
