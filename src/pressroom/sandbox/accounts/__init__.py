"""Tokens and sign-in: refresh and exchange (`routes`), consent (`oauth`, `consent`), Pages (`facebook`)."""
