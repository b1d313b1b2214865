"""What the speed figures in the documentation come from: `python -m bench` runs all, `python -m bench NAME …` some.

A bench is a function that returns its figures; it makes its own data with a fixed seed and puts its floor, the least that
any answer would cost, into the same run. To add one, write it in a module of its own and name it in `bench/__main__.py`.
"""
