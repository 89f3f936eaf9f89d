"""Gives local files an address that Meta can fetch.

`ways` puts the ways in order: our own signed addresses (`signing`, answered by `route`, which `server`
runs), and remote hosts (`remote`), which are an S3 store (`s3`) and Cloudinary (`cloudinary`); it deletes
what killed processes left there. `preflight` checks an address as Instagram would fetch it, `network` fetches
what the user gave as a URL, `renditions` deletes what nobody needs any more. Start at `ways.Hosts`.
"""
