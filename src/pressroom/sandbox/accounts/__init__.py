"""Who may call: tokens, their exchange and refresh (`routes`), and what is wrong with one (`rules`)."""
