"""Reports for callers that cannot wait for one: asked for, made in a process of its own, fetched later.

Start at `reports`, whose `ReportService` is the session's `reports`. `process` is what makes one.
"""
