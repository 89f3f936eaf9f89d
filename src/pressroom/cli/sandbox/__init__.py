"""`pressroom sandbox`. Start at `group`; `registry` knows the sandboxes that run on this machine."""
