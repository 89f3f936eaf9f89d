"""One call, from its arrival to its answer: the same for every area of the API.

`app` takes requests and splits batches. `call` is a parsed one: `resolve` finds its route,
`tokens` checks whether it is allowed, `perform` executes it and applies a fault, `later` executes late
effects. `nodes` builds answers, and `scene` is the state that all calls share.
"""
