"""The use-cases of posts: publish now, plan, change, import, repair.

Start at `posts`, whose `PostService` says what can be asked for. `planning` and `storing` keep a post for
later, `publishing` publishes it now by way of the store and `at_once` without one, `changes` changes what is
stored. `waiting` waits for posts that other processes have, `catching_up` mends a store that is older than
what was sent. `lists` and `history` show posts, `composing` makes them, and `tables/` reads and writes them
as CSV, JSON and workbooks. `media` has the use-cases of files.
"""
