"""How calls arrive and answers leave: the same for every area of the API.

`app` carries one call from the wire to its route and back, `call` reads it, `fields` and `nodes` build
answers, `paging` cuts lists, `refusals` words errors, `log` remembers what was asked.
"""
