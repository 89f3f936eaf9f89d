"""From a wish to a live post: never twice, never lost.

`machine/` is pure: `(post, event) -> (post, effects)`. `steps/` makes the calls that an effect asks for.
`manners/` has the two ways of publishing, at once and durably, each with its journal. `checks/` refuses what
would fail before any call. `run` ties them together for one post: start there, or at `machine.transitions`.
"""
