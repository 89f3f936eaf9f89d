"""Answers from what is kept: pure functions over readings, without a call and without a clock.

`at_age` gives a media's numbers at an age, `spreads` what is usual among several; the others are one question
each.
"""
