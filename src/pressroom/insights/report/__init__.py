"""What a report is made of: `movements` and `standouts` judge, `charts` draws, `page` writes the HTML.

All of them take plain values; `service.report` asks the store and words the answers. `charts` and `page`
need the extra `report`.
"""
