"""Insights of media and of the account.

`media` and `account` each check what a call wants, and answer with numbers that are made up, the same for the
same random seed.
"""
