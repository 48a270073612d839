"""From a prompt to a distribution over musical features. The only home of scikit-learn."""
