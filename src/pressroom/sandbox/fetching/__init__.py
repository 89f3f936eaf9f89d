"""Gets the files of containers as Instagram does: it fetches the URLs itself and judges the bytes.

`fetching` runs the fetches through a fetcher; `download` has the two of them, one that uses the network and
one that looks at URLs only.
"""
