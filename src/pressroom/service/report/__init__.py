"""The report of a period: `gathering` asks the store, `answers` words it, `sections` lays it out.

`facts` is what a report says, as data; `service.shapes.report` is its JSON.
"""
