"""What runs operations: the session behind HTTP, or one operation in a driver of its own."""
