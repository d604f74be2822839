"""The cache of answers: what was answered before is given again where everything still holds."""
