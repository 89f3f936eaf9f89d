"""One module per revision, in the order of `pressroom.store.schema.OURS`; a released one never changes."""
