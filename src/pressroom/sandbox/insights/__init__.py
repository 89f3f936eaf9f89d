"""Insights of media and of the account.

Each checks what a call wants, and answers with numbers that are made up, the same for the same random seed.
"""
