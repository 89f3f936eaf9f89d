"""Gives local files an address that Meta can fetch.

`ways` puts them in order: our own signed route (`route`, run by `server`, put behind an address by `signed`),
an S3 store (`s3`), Cloudinary (`cloudinary`). `signing` makes and checks the route's addresses, `preflight`
checks an address as Instagram would fetch it, `download` fetches what the user gave as a URL. Start at
`ways.Hosts`.
"""
