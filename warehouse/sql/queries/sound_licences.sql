-- Grain: track_id. Licences of what is heard or written: recording and composition. One that is
-- not beyond doubt counts as LicenseRef-Unknown.
SELECT
    track_id,
    list(DISTINCT coalesce(spdx, 'LicenseRef-Unknown') ORDER BY coalesce(spdx, 'LicenseRef-Unknown'))
        AS licences
FROM rights
WHERE layer IN ('recording', 'composition')
GROUP BY track_id
