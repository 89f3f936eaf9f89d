"""The use-cases of posts: publish now, plan, change, import, repair.

Start at `posts`. `publishing` is publishing now by way of the store, `at_once` without one; `tables/` reads
and writes posts as CSV, JSON and workbooks.
"""
