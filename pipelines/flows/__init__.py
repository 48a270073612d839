"""The flows: the only home of Prefect. Import a module of this package only to run its flow."""
