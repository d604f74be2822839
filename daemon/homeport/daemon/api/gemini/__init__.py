"""Google's Gemini wire, as the official SDKs and Gemini CLI speak it."""
