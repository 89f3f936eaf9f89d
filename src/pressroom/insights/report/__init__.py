"""What a report is made of: `movements` judges, `charts` draws, `page` has the look and writes the HTML.

All of them take plain values; `service.insights` asks the store and words the answers. `charts` and `page`
need the extra `report`.
"""
