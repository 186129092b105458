"""A second, naive reading of the rules, which proves a register's history with Python, git and ssh-keygen alone.

It shares no line with the program that it checks: what both accept was read twice, independently. `app` packs this
folder, and a YAML parser written in Python, into one file `verify.pyz`.
"""
