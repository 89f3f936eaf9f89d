"""One module a revision, in the order of `pressroom.store.schema.OURS`; none is changed afterwards."""
