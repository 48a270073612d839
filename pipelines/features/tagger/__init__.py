"""Taggers: named models that hear in excerpts of a track what arithmetic cannot define.

`model` says what a tagger is, `registry` names those that there are, `musicnn` is the one that
comes with weights: `checkpoint` reads them, `spectrogram` and `network` run them, `meaning` turns
its tags into features. `excerpts` takes what a tagger listens to out of a track.
"""
