"""Theme precedents: what the same methods said of contests whose end is known."""
