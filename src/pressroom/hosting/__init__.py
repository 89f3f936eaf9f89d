"""Gives local files an address that Meta can fetch.

`ways` puts them in order: our own signed route (`route`, run by `server`, put behind an address by `signed`),
a store that speaks S3 (`s3`), Cloudinary (`cloudinary`). `signing` makes and checks the route's addresses,
`preflight` looks at an address as Instagram would, `download` fetches what the user gave as a URL. Start at
`ways.Hosts`.
"""
