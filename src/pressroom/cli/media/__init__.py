"""`pressroom media`. Start at `group`."""
