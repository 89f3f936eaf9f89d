"""The calls on tokens and on who consents: refresh and exchange, sign-in, Pages of Facebook."""
