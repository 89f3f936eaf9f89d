"""Direct messages: conversations, sending within the window, private replies to comments."""
