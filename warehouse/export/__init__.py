"""Exports: a catalogue or a training set as a folder of files, with licences and a manifest."""
