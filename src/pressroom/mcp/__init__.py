"""The Model Context Protocol server: what an agent may do, as tools, resources and prompts.

It acts as a program: what it wants published waits for a person (docs/decisions/0014-consent.md). Start at
`server.build`; `listing` declares the tools, `tools/` carries them out. Takes the extra `mcp`.
"""
