"""What every adapter over HTTP shares: answers, events, pace, errors."""
