"""Posts as tables, for `pressroom schedule import` and `export`: start at `reading`, `writing` and `rows`.

* columns: what a row holds, and what each column is for.
* reading: the bytes of CSV, JSON or a workbook to rows. cells: how a cell is spelled. workbook: xlsx.
* rows: a post to a row, and a row to a post. differences: what a row changes of a stored post.
* etag: which cells of an exported row were edited.
* writing: posts to bytes. template: a table to start from.
"""
