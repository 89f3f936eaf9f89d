"""What is refused before any call. Start at `validate.validate`."""
