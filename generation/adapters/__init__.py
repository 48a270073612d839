"""The vector itself as a generator's conditioning: learned tokens beside those of the words.

    Vector ─Projector─▶ k tokens ─┐
    words ─frozen text encoder────┴─▶ cross-attention of a frozen generator

Trained from pairs of a vector and a recording; the generator's own weights stay as they are. After
IP-Adapter (Ye et al. 2023, arXiv:2308.06721) and prefix tuning (Li & Liang 2021, arXiv:2101.00190).
"""
