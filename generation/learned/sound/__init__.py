"""A model of sound: flow matching on mel spectra, led by a vector, beats and pitch."""
