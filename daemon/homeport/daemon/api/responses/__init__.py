"""OpenAI's Responses wire: what programs send, what they are sent, and what is kept."""
