"""The version of this package, by itself so that a room which tells it imports nothing else."""

__version__ = "0.1.0"
