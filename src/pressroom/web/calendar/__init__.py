"""The calendar: month, week, day and agenda. Start at `pages`."""
