"""A stateful simulator of the Instagram Graph API, for demos, tests and trying faults.

`simulator.Sandbox` is the entry point; `server` serves it on a port. `state/` holds the data, `wire/`
parses requests and encodes answers, `calls/` executes one call, and each area (`publishing/`, `reading/`,
`insights/`, `accounts/`, `comments`, `messaging`, `webhooks`) has its routes and rules; `surface` lists all
routes, and `surface_json` describes them to programs. `control/` is the API under `/_sandbox/`, `page/` the
web page there. `samples` draws media to try it with. `tests/architecture/test_levels.py` says
which file or folder may import which.
"""
