"""Control: what a request asks for in numbers, and how the engine comes to meet it."""
