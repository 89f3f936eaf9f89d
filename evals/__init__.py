"""Tasks for agents at the MCP server, on the sandbox: what came of each is told from facts, not from words.

Start at `task.Task`; `play.play` plays one with an agent, `tasks/` holds them, and README.md says how to add
one. `python -m evals` lets a model try; tests/evals plays every task with the scripts that come with it.
"""
