"""Whole stories that cross the house: real commits, many people at once, clocks that change. Each file tells one."""
