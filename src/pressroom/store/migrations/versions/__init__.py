"""One module a revision, in the order of `pressroom.store.schema.REVISIONS`; none is changed afterwards."""
