"""What is known of a mapping once it is trained: held-out rows, comparison, its page's figures."""
