"""`pressroom sandbox`. Start at `group`; `running` knows the sandboxes that run on this machine."""
