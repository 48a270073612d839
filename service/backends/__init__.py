"""Who answers a command: this machine's home, or a service somewhere else.

    command ─▶ opened(settings) ─▶ Backend ◀─ Local   HOME, the code beside this
                                           ◀─ Remote  HTTP, by the client of client/

A command asks `opened` for its backend and does not know which it got. What only one of them can do
is an error there, in words: never an answer of the other.
"""
