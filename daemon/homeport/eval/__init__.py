"""How well prompts are routed, measured on public outcomes; and the training of what ships."""
