"""The lab: model servers for trying this program and for breaking it, with no key and no network.

A program of its own (`python -m homeport.lab`, or `homeport lab`). Real HTTP
servers in the shapes of the providers, with scripted or recorded answers,
speeds, prices, rate limits and faults that can be counted. Tests use
`homeport.lab.server.LabServer`.
"""
