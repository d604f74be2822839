"""The rules of a person: read from a table, judged over measurements, checked for sense."""
