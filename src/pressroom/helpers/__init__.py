"""The machinery behind the helper modules that `pressroom init` writes into a project.

`publishing`, `converting`, `measuring` and `storing` answer with the helpers' dictionaries, `boundary` turns
every error into one, `opening` gives the account of the environment. Start at `publishing.publish`.
"""
