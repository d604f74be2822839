"""HTTP/1.1 for the doors: connections, exchanges, and the texts between them."""
