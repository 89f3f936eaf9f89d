"""Gives local files an address that Meta can fetch.

`ways` puts the ways in order: our own signed addresses (`signing`, served by `route`, run by `server`), and
remote hosts (`remote`), which are an S3 store (`s3`) and Cloudinary (`cloudinary`). `preflight` checks an
address as Instagram would fetch it, `network` fetches what the user gave as a URL, `leftovers` and
`renditions` delete what nobody needs any more. Start at `ways.Hosts`.
"""
