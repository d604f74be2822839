"""The demonstration: a home, a cloud of lab servers, and programs that are busy all the time."""
