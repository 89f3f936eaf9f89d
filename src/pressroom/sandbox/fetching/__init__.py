"""Getting the files a container points at, as Instagram does: it fetches them itself and judges the bytes.

`fetching` decides and keeps the tasks, `download` goes to the network, `trusting` looks at addresses only.
"""
