"""The worker and what observes it: its jobs, logs, metrics, and notices to people.

Start at `work`. `worker` is the loop, `watch` is what stands beside it, `ways` are those of telling people.
"""
