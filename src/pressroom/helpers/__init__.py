"""What the helper modules call that `pressroom init` writes into a project.

`publishing`, `converting`, `measuring` and `storing` return the helpers' dictionaries. `opening` opens a
session for the account of the environment, and turns every error into a dictionary. Projects import all five
by name, so each stays where it is. Start at `publishing.publish`.
"""
