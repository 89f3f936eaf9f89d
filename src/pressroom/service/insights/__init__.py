"""The use-cases of insights: what is kept of media and accounts, questions about it, reports, exports.

Start at `service`. `collecting` reads what is due and keeps it; `kept` and `questions` answer from the store.
The `report_` files make a report: its facts, answers, words, and its page with the figures. `export` writes
tables.
"""
