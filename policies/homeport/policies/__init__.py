"""Measurements in, decision out: pure functions over plain values."""
