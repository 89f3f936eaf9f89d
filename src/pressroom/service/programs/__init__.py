"""What faces share to which programs come by keys: who comes, and the sessions that it acts by.

Start at `programs`.
"""
