"""Whole nano-dollars: prices, reservations, entries, windows and reports."""
