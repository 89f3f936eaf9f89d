"""The two ways of publishing, and the journal of each.

`at_once` waits for everything and ends a post on an error; its journal is the memory of the process.
`durable` gives long waits back to the store and tries again later; its journal is the store.
`manner` is what both promise.
"""
