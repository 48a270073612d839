"""One track."""


def add_track_pages(app, site): ...
