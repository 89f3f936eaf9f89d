"""The examples of addresses with a secret, as hints and pages show them."""

CLOUDINARY_ADDRESS = "cloudinary://KEY:SECRET@CLOUD"
S3_ADDRESS = "s3://KEY:SECRET@BUCKET/PREFIX?region=REGION&endpoint=https://HOST"
