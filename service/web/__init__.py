"""The pages: server-rendered HTML that works without JavaScript, and better with it."""
