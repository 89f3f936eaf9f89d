"""The documented JSON of every answer: one struct for each, built by its `of` from what a use-case returns.

Every face answers with these, and docs/reference/schemas.json is generated from them. Shapes of errors are in
`core.error_shape`, those of the command line alone in `cli.shapes`.
"""
