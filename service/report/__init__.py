"""Text for people: what a run did, what the warehouse holds, what a mapping learned and says."""
