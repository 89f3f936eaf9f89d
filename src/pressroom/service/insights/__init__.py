"""The use-cases of insights: what is kept of media and accounts, questions about it, reports, exports.

Start at `service`. `measuring` asks Instagram now, and `collecting` reads what is due and keeps it; all else
is answered from the store. The `report_` files make a report: its facts, answers, words, figures and page.
"""
