"""What was made, judged: measured against asked, listeners among each other, and what to change.

rows of the warehouse ─gather─▶ Material ─adherence, preferences, agreement, proposals─▶ Findings
"""
