"""What the helper modules call that `pressroom init` writes into a project.

`publishing`, `converting`, `measuring` and `storing` return the helpers' dictionaries, `boundary` turns every
error into one, `opening` opens a session for the account of the environment. Start at `publishing.publish`.
"""
