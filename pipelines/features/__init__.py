"""Musical features from samples: one pass over the audio, one function per feature.

Adding a feature is one entry in `schemas/features.py` and one function in any module of this
package, decorated with `@measures("name")`; `extract` finds it.
"""
