"""The use-cases of insights: what is kept of media and accounts, questions about it, reports, exports.

Start at `service`. `collecting` reads what is due from Instagram; all questions are answered from the store.
"""
