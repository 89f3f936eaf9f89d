"""Direct messages: conversations, messages within the 24-hour window, private replies to comments."""
