"""The whole surface: every call there is (`routes`), what each takes (`parameters`), and both described."""
