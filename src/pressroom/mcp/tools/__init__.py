"""What the tools do: each calls a use-case of the session, and cuts its answer to a view."""
