"""The documented JSON of every answer: one struct each, made from what a use-case gives by its `of`.

Every face answers with these, and docs/reference/schemas.json is made from them. Errors have theirs in
`core.error_shape`; what the command line alone tells is in `cli.shapes`.
"""
