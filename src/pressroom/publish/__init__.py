"""From a wish to a live post: never twice, never lost.

`machine/` is pure: `(post, event) -> (post, effects)`. `steps/` makes the calls that an effect asks for.
`manners/` has the two ways of publishing, at once and durably, each with its journal. `sharing` holds what
the posts of one worker share when many are due at once. `validation` refuses before any call what Instagram
would refuse. `run` joins them for one post: start there, or at `machine.transitions`. `publisher` and
`driver` are the two ways in.
"""
