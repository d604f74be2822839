"""OpenAI's doors: chat completions, text completions, embeddings, models."""
