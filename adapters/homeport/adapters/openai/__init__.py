"""OpenAI's wires: chat completions, Responses, embeddings."""
