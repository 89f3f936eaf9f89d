"""One module per revision, in the order of `pressroom.store.store.OURS`; a released one never changes."""
