"""Other people's generators as `generation.contract.Generator`s; torch is loaded when one plays."""
