"""What a person begins with: the start page, the queue, the search, and what was done. Start at `pages`."""
