"""Numbers of what is live, and what they allow to say. Not known is None or absent, never 0.

`read` asks Instagram for the metrics of media now. `collecting` reads an account's numbers at planned ages
(`ages`), and keeps them. The rest makes no call: `questions` answers from what is kept, `statistics` says how
surely, `report` judges and draws a period, `export` writes what is kept as tables.
"""
