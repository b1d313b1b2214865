"""Pages about insurers: the board, one policy, one approval, the directory, and the clinic's rules."""
