"""Posts as tables, for `pressroom schedule import` and `export`: start at `files` and `rows`.

* columns: what a row holds, what each column is for, and how cells are spelled.
* rows: a post to a row, a row to a post, what a row changes of a stored post, and its etag.
* files: the bytes of CSV, JSON or a workbook to rows. writing: rows to them, and a table to start from.
  workbook: xlsx.
* importing: what an import would make of each row, and the import. twins: rows that repeat a post.
"""
