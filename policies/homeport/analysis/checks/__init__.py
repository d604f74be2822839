"""What can be checked about an answer from its text: text in, values out, bounded in size."""
