"""Reading media and accounts: their fields (`media`, `users`) and the lists that hang on them (`routes`)."""
