"""Answers from what is kept: pure functions over readings, without a call and without a clock.

Of media: `posts` compares them at an equal age, `stories` tells how stories were left, `timing` when posts
went out. Of the account: `periods` has its days, `people` its followers and audience.
"""
