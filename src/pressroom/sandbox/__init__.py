"""A stateful simulator of the Instagram Graph API, for demos, tests and trying faults.

`simulator.Sandbox` is the whole of it; `server` puts it on a port. `wire/` reads calls and writes answers,
`state/` holds what exists, and each area (`publishing/`, `reading/`, `insights/`, `comments/`, `accounts/`)
has its routes and rules. `control/` is the API under `/_sandbox/`, `page/` what a person sees there.
`samples` draws media to try it with.
"""
