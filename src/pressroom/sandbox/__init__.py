"""A stateful simulator of the Instagram Graph API, for demos, tests and trying faults.

`simulator.Sandbox` is the whole of it; `server` puts it on a port. `state/` holds what exists, `wire/` spells
requests and answers, `calls/` carries one call out, and each area (`publishing/`, `reading/`, `insights/`,
`comments/`, `accounts/`) has its routes and rules, which `surface/` lists. `control/` is the API under
`/_sandbox/`, `page/` what a person sees there. `samples` draws media to try it with.
`tests/architecture/test_sandbox_levels.py` says which of them may use which.
"""
