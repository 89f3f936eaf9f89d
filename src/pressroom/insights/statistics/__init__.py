"""What the numbers of an account allow to say, and how surely: pure functions that need numpy and scipy.

`changes` compares the medians of periods, `experiments` the two slots of an experiment; `followers` tells
how followers moved after a post, and `best_time` looks for hours, weekdays and kinds. `days` tells what
posts of one day share, `inference` is what they compute with; `answers` needs no numpy. Each answer has n,
and an interval or TooFew. The same posts and the same seed give the same answer, in whatever order they
come. docs/decisions/0023-insight-statistics.md gives the reasons.
"""
