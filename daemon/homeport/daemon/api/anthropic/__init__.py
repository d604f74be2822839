"""Anthropic's Messages wire: `/v1/messages`, and the models in its shape."""
