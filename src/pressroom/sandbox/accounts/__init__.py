"""Sign-in and tokens (`oauth`), the page of consent (`consent`), persons and Pages (`facebook`)."""
