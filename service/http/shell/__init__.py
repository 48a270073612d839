"""What stands around every route: who may ask and how much, what is logged, how errors are told."""
