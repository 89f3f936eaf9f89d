"""The doctor's checks: pure functions over facts that were gathered, without any I/O.

Start at `judging`: it puts all checks in the order in which they are told. `facts` holds what is gathered by
`service.doctor`, one class an area; `findings` what a check says. The checks stand in one file a group.
"""
