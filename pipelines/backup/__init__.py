"""A warehouse with its models in one file, and back.

archive.py  the file: a tar whose last member says what it must hold
storage.py  data files, in a folder or an object store
saving.py   warehouse → file
restoring.py file → warehouse
"""
