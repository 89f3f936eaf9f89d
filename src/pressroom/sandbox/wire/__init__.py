"""How requests and answers are spelled, whatever they are about. Nothing here knows a world.

`answer` and `params` are HTTP, `fields`, `paging` and `times` what Meta puts into it, `refusals` words
errors and `payloads` events, `log` remembers what was asked, `names` tells which hosts are meant,
`listening` chooses the port.
"""
