"""`./dev demo`: the main job on real music, from files to the page, said honestly.

music ─▶ ingest ─▶ three tables ─▶ a question in SQL ─▶ train ─▶ vectors ─▶ pieces ─▶ the page
"""
