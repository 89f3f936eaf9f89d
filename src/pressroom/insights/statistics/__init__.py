"""What the numbers of an account allow one to say, and how surely: pure functions that need numpy and scipy.

`medians` compares what is typical, `best_time` looks for hours and weekdays, `experiment` decides between two
slots, `association` tells how followers moved after a post. Each answer carries n, and an interval or TooFew.
The same posts and the same seed give the same answer, in whatever order they come.
"""
