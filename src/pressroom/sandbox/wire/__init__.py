"""The wire format of requests, answers and webhooks. Nothing here looks anything up in a world.

`params` parses requests, `answer` sends answers and builds the API's errors, `paging` holds Meta's
conventions of lists and times, `payloads` builds webhook events, `log` keeps and counts the calls, `hosts`
decides which host names are answered, `listening` chooses the port.
"""
