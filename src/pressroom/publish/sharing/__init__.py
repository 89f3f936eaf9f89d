"""What the runs of one process share, so that many posts due at once go out side by side.

`together` gathers saves and leases into one commit, `readings` keeps what stood on an account last,
`sends_first` lets what is due go before what may wait. `shared` holds them.
"""
