"""Resumable upload of a clip's bytes, as `rupload.facebook.com` takes them.

`app` receives the bytes, `state` says how far an upload has come.
"""
