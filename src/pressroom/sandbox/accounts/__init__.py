"""Sign-in, consent and tokens (`oauth`), persons and Pages (`facebook`)."""
