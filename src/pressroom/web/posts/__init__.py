"""The page of a post, and what a person does to it there. Start at `page`."""
