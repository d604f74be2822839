"""What models at home write as text, told apart and mended: reasoning and tool calls."""
