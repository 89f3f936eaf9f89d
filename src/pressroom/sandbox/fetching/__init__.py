"""Gets the files of containers as Instagram does: it fetches the URLs itself and judges the bytes.

`fetching` runs the fetches, `download` uses the network, `trusting` looks at URLs only, `addresses` decides
where a connection may lead.
"""
