-- Grain: one row a group. Rows at the current version of each group, to be held against `tracks`.
@{groups}
