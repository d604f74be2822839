"""Runs a program that a model wrote, where it can reach nothing."""
