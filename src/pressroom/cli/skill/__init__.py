"""`pressroom skill`: what an agent reads before it works with Instagram, and its way into a project.

`instagram-api/` is the skill itself, by the format of agentskills.io: SKILL.md, and the `references/` that it
links to. Start at `group`.
"""
