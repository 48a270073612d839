-- The full-text database: one row a track in `documents`, which goes once it is indexed.
CREATE MACRO words_of(s) AS
    list_filter(
        string_split_regex(
            regexp_replace(lower(strip_accents(s::VARCHAR)), '[^\p{L}\p{N}]+', ' ', 'g'), '\s+'
        ),
        lambda w: w <> ''
    );
CREATE TABLE documents (
    track_id VARCHAR, title VARCHAR, artist VARCHAR, album VARCHAR, terms VARCHAR,
    description VARCHAR
);
CREATE TABLE fields (field VARCHAR, factor DOUBLE);
