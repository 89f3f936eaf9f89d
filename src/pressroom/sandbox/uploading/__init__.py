"""Resumable upload of a clip's bytes, as `rupload.facebook.com` takes them.

`app` receives the bytes, `state` reports their progress as `video_status`.
"""
