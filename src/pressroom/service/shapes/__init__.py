"""The documented JSON of every answer: one struct for each, built by its `of` from what a use-case returns.

Its fields are the attributes of that value with the same names; what differs stands in its `of`.
Every face answers with these, and docs/reference/schemas.json is generated from them. Shapes of errors are in
`core.errors`, those of the command line alone in `cli.shapes`.
"""
