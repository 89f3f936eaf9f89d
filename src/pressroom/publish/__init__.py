"""From a wish to a live post: never twice, never lost.

`machine` is the pure state machine `(post, event) -> (post, effects)`, `reconcile` what a lost answer means,
`publisher` carries the effects out for one post, `validate` refuses what would fail before any call.
Start at `machine.step` and `publisher.Publisher`.
"""
