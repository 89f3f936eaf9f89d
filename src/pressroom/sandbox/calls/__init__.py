"""One call, from its arrival to its answer: the same for every area of the API.

`app` takes requests, `call` reads one, `resolve` finds its `route` and `tokens` what that needs, `perform`
carries it out, `spoil` lets it go wrong, `later` lets it happen afterwards. `nodes` builds answers, and
`scene` is what all calls share.
"""
