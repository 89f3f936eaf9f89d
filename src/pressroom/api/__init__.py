"""The HTTP API: every use-case of the session, for programs that show a key.

`table` lists its operations. Routes, the OpenAPI document, the reference and the tests' walks come from it.
"""
